//! The choice among many logits, and how likely it is. Every token of an answer asks for all of a long vocabulary, so these
//! are loops that a processor goes through many numbers at a time; with wider registers the results are the same to the bit.
#![allow(unsafe_code)]

/// The place of the highest finite number, the first of equal ones.
pub fn highest(numbers: &[f32]) -> Option<usize> {
    let peak = wide(numbers, peak, peak_wide);
    numbers.iter().position(|number| *number == peak && peak.is_finite())
}

/// The logarithm of the sum of e to the power of each, by which a softmax is divided; no number where none is finite.
pub fn log_sum_exp(numbers: &[f32]) -> f64 {
    wide(numbers, log_sum, log_sum_wide)
}

fn wide<T>(numbers: &[f32], plain: fn(&[f32]) -> T, wide: unsafe fn(&[f32]) -> T) -> T {
    // SAFETY: the instructions are there.
    if crate::available() { unsafe { wide(numbers) } } else { plain(numbers) }
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx512f"))]
unsafe fn peak_wide(numbers: &[f32]) -> f32 {
    peak(numbers)
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx512f"))]
unsafe fn log_sum_wide(numbers: &[f32]) -> f64 {
    log_sum(numbers)
}

#[inline(always)]
fn peak(numbers: &[f32]) -> f32 {
    let higher = |peak: f32, x: f32| if x > peak && x < f32::INFINITY { x } else { peak };
    folded(numbers, f32::NEG_INFINITY, higher).iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

#[inline(always)]
fn log_sum(numbers: &[f32]) -> f64 {
    let peak = peak(numbers);
    let mut sum = 0.0;
    // In parts, so that many small numbers are not lost beside their sum.
    for part in numbers.chunks(4096) {
        sum += folded(part, 0.0, |sum, x| sum + exp(x - peak)).iter().copied().map(f64::from).sum::<f64>();
    }
    f64::from(peak) + sum.ln()
}

/// Numbers that a processor takes at once.
const LANES: usize = 16;

/// A fold in lanes beside each other.
#[inline(always)]
fn folded(numbers: &[f32], start: f32, fold: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut lanes = [start; LANES];
    let (whole, rest) = numbers.as_chunks::<LANES>();
    for part in whole {
        for lane in 0..LANES {
            lanes[lane] = fold(lanes[lane], part[lane]);
        }
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, x)| *lane = fold(*lane, *x));
    lanes
}

/// `e^x` of a number up to 0, without a branch: two to the power of a whole number times Taylor's polynomial to the sixth
/// power on what is left, wrong by 4e-7 of it at most. What is no number, or far below 0, is nearly 0.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // A number this large has no room for fractions: adding it rounds, and its last bits are the whole number.
    const ROUNDING: f32 = 12_582_912.0;
    let x = if x > -87.0 { x } else { -87.0 };
    let shifted = x * std::f32::consts::LOG2_E + ROUNDING;
    let whole = shifted - ROUNDING;
    // ln 2 in two parts, the first of few bits, so that the products are exact.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let factors = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let power = factors.iter().fold(1.0 / 720.0, |power, factor| power * rest + factor);
    power * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_e_are_right_over_their_range() {
        for x in (0..87_000).map(|i| i as f32 * -1e-3) {
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) - expected).abs() <= 4e-7 * expected, "{x}: {} {expected}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(f32::NAN) < 1e-37);
    }

    #[test]
    fn the_sum_is_right_whatever_the_peak() {
        for shift in [-500.0, 0.0, 3.0, 800.0] {
            let values: Vec<f32> = (0..20_011u32).map(|id| (id * 7919 % 4001) as f32 / 100.0 - 33.0 + shift).collect();
            let peak = values.iter().copied().fold(f32::MIN, f32::max);
            let expected = f64::from(peak) + values.iter().map(|x| f64::from(x - peak).exp()).sum::<f64>().ln();
            assert!((log_sum_exp(&values) - expected).abs() < 1e-5, "{shift}: {} {expected}", log_sum_exp(&values));
        }
        assert_eq!(log_sum_exp(&[f32::NAN, 2.5, f32::NEG_INFINITY]), 2.5);
        assert!(!log_sum_exp(&[f32::NEG_INFINITY]).is_finite() && !log_sum_exp(&[]).is_finite());
    }

    #[test]
    fn wider_registers_change_nothing() {
        let values: Vec<f32> =
            (0..70_003u32).map(|id| (id.wrapping_mul(2_654_435_761) % 9001) as f32 / 300.0).collect();
        assert_eq!(log_sum_exp(&values).to_bits(), log_sum(&values).to_bits());
        assert_eq!(highest(&values), values.iter().position(|x| *x == peak(&values)));
    }

    #[test]
    fn the_first_of_the_highest_is_chosen_among_finite_ones() {
        let mut values = vec![f32::NEG_INFINITY; 100];
        assert_eq!((highest(&values), highest(&[])), (None, None));
        (values[7], values[50], values[41], values[99]) = (f32::NAN, f32::INFINITY, -3.0, -3.0);
        assert_eq!(highest(&values), Some(41));
    }
}
