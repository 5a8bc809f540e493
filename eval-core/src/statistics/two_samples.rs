use super::clusters::{cluster_standard_error, t_test};
use super::normal_cdf;

/// The one-sided p-value of "the first proportion is no higher than the second", of two samples that share no case and no
/// cluster: small where the first is higher beyond chance. 1 where either is empty.
///
/// The score test with the pooled variance (the square of its z is Pearson's chi-squared of the fourfold table). With
/// clusters the standard error is the cluster-robust one of both means, never smaller than the pooled one on the
/// independent units, against t of the smaller sample's units less one. `values` in [0, 1] may be means of repeats.
pub fn two_proportions<C: Ord + Copy>(first: (&[f64], &[Option<C>]), second: (&[f64], &[Option<C>])) -> f64 {
    if first.0.is_empty() || second.0.is_empty() {
        return 1.0;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let gap = mean(first.0) - mean(second.0);
    let (first_error, first_units) = cluster_standard_error(first.0, first.1);
    let (second_error, second_units) = cluster_standard_error(second.0, second.1);
    let cases = (first.0.len() + second.0.len()) as f64;
    let pooled = (first.0.iter().sum::<f64>() + second.0.iter().sum::<f64>()) / cases;
    let variance = pooled * (1.0 - pooled) * (1.0 / first_units as f64 + 1.0 / second_units as f64);
    if variance <= 0.0 {
        // All right or all wrong: no gap, and nothing to be surprised at.
        return 1.0;
    }
    if first_units == first.0.len() && second_units == second.0.len() {
        return normal_cdf(-gap / variance.sqrt());
    }
    let (Some(first_error), Some(second_error)) = (first_error, second_error) else { return 1.0 };
    let error = variance.max(first_error.powi(2) + second_error.powi(2)).sqrt();
    t_test(gap, error, first_units.min(second_units))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many of so many, each alone.
    fn sample(right: usize, of: usize) -> (Vec<f64>, Vec<Option<u32>>) {
        ((0..of).map(|case| f64::from(u8::from(case < right))).collect(), vec![None; of])
    }

    fn p(first: &(Vec<f64>, Vec<Option<u32>>), second: &(Vec<f64>, Vec<Option<u32>>)) -> f64 {
        two_proportions((&first.0, &first.1), (&second.0, &second.1))
    }

    #[test]
    fn the_square_of_z_is_pearsons_chi_squared() {
        // Physicians' Health Study, as in Agresti, Categorical Data Analysis: 189 of 11,034 and 104 of 11,037, 25.01.
        let (placebo, aspirin) = (sample(189, 11_034), sample(104, 11_037));
        let expected = normal_cdf(-(25.0139_f64.sqrt()));
        assert!((p(&placebo, &aspirin) / expected - 1.0).abs() < 1e-3);
        assert!((p(&aspirin, &placebo) + p(&placebo, &aspirin) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_compare_is_no_surprise() {
        assert_eq!([p(&sample(0, 0), &sample(3, 4)), p(&sample(4, 4), &sample(9, 9))], [1.0, 1.0]);
        assert_eq!(p(&sample(0, 5), &sample(0, 9)), 1.0);
    }

    #[test]
    fn clusters_make_it_harder_to_be_surprised() {
        let (open, held_out) = (sample(50, 60), sample(24, 40));
        let alone = p(&open, &held_out);
        let threes = |sample: &(Vec<f64>, Vec<Option<u32>>), from: u32| {
            let clusters = (0..sample.0.len() as u32).map(|case| Some(from + case / 3)).collect();
            (sample.0.clone(), clusters)
        };
        let clustered = p(&threes(&open, 0), &threes(&held_out, 1000));
        assert!(alone < 0.01 && clustered > 2.0 * alone, "{alone} {clustered}");
    }
}
