//! The choice of the next token.

use candle_core::{Result, Tensor};
use eval_kernels::{highest, log_sum_exp};
use llguidance::toktrie::SimpleVob;
use serde::{Deserialize, Serialize};

/// How tokens are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 chooses the likeliest token.
    pub temperature: f64,
    /// Only the likeliest tokens that together reach this probability are drawn from.
    pub top_p: f64,
    /// Of the random numbers; each repeat of a case has its own sequence.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: 1.0, seed: 0 }
    }
}

/// A token that was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// The token.
    pub id: u32,
    /// The logarithm of the probability that the model itself gives it: at temperature 1 and among all tokens. No number
    /// where the logits give none.
    pub log_probability: f64,
}

/// Chooses tokens of one answer.
pub struct Sampler {
    sampling: Sampling,
    state: u64,
}

impl Sampler {
    /// A sampler whose random numbers depend on the seed and on `stream` (one per prompt and repeat).
    pub fn new(sampling: Sampling, stream: u64) -> Self {
        Self { sampling, state: sampling.seed ^ stream.rotate_left(17) }
    }

    /// The next token for `logits`, `[vocabulary]`, of the allowed ones where not all are. The lowest id wins a tie.
    pub fn next(&mut self, logits: &Tensor, allowed: Option<&SimpleVob>) -> Result<Chosen> {
        let mut logits: Vec<f32> = logits.to_vec1()?;
        let whole = log_sum_exp(&logits);
        let only = allowed.filter(|allowed| allowed.num_set() == 1).and_then(SimpleVob::first_bit_set);
        let id = match only {
            Some(only) => only as u32,
            None => {
                if let Some(allowed) = allowed {
                    rule_out(&mut logits, allowed);
                }
                self.draw(&logits)?
            }
        };
        // What is allowed has kept its logit.
        let logit = logits.get(id as usize).map_or(f64::NAN, |logit| f64::from(*logit));
        Ok(Chosen { id, log_probability: logit - whole })
    }

    fn draw(&mut self, logits: &[f32]) -> Result<u32> {
        let Some(best) = highest(logits) else { candle_core::bail!("the model gave no finite logit") };
        if self.sampling.temperature <= 0.0 {
            return Ok(best as u32);
        }
        let peak = f64::from(logits[best]);
        let mut weights: Vec<(usize, f64)> = logits
            .iter()
            .enumerate()
            .map(|(id, logit)| (id, ((f64::from(*logit) - peak) / self.sampling.temperature).exp()))
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mut kept = 0.0;
        let enough = weights.iter().position(|(_, weight)| {
            kept += weight;
            kept >= self.sampling.top_p * total
        });
        weights.truncate(enough.map_or(weights.len(), |last| last + 1));
        let drawn = self.uniform() * weights.iter().map(|(_, weight)| weight).sum::<f64>();
        let mut reached = 0.0;
        for (id, weight) in &weights {
            reached += weight;
            if reached > drawn {
                return Ok(*id as u32);
            }
        }
        Ok(best as u32)
    }

    /// Uniform in [0, 1), by SplitMix64.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Takes every token that is not allowed out of the choice.
fn rule_out(logits: &mut [f32], allowed: &SimpleVob) {
    let words = allowed.as_slice().iter().copied().chain(std::iter::repeat(0));
    for (logits, word) in logits.chunks_mut(32).zip(words) {
        match word {
            u32::MAX => (),
            0 => logits.fill(f32::NEG_INFINITY),
            word => logits.iter_mut().enumerate().filter(|(bit, _)| word >> bit & 1 == 0).for_each(|(_, logit)| {
                *logit = f32::NEG_INFINITY;
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn logits(values: &[f32]) -> Tensor {
        Tensor::new(values, &Device::Cpu).unwrap()
    }

    fn draws(sampling: Sampling, n: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling, 1);
        (0..n).map(|_| sampler.next(&logits(&[0.0, 2.0, 1.0, f32::NEG_INFINITY]), None).unwrap().id).collect()
    }

    #[test]
    fn greedy_takes_the_first_of_the_likeliest_and_skips_nan() {
        let mut greedy = Sampler::new(Sampling::default(), 0);
        assert_eq!(greedy.next(&logits(&[1.0, f32::NAN, 3.0, 3.0]), None).unwrap().id, 2);
        assert!(greedy.next(&logits(&[f32::NAN, f32::NAN]), None).is_err());
    }

    #[test]
    fn what_is_not_allowed_is_never_chosen() {
        let values: Vec<f32> = (0..100).map(|id| (id % 7) as f32).collect();
        let mut allowed = SimpleVob::alloc(90);
        [3, 33, 64, 65, 89].iter().for_each(|id| allowed.allow_token(*id));
        let mut greedy = Sampler::new(Sampling::default(), 0);
        assert_eq!(greedy.next(&logits(&values), Some(&allowed)).unwrap().id, 33);
        let mut hot = Sampler::new(Sampling { temperature: 5.0, top_p: 1.0, seed: 1 }, 0);
        let mut drawn: Vec<u32> = (0..300).map(|_| hot.next(&logits(&values), Some(&allowed)).unwrap().id).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn, [3, 33, 64, 65, 89]);
        allowed.set_all(false);
        assert!(greedy.next(&logits(&values), Some(&allowed)).is_err(), "nothing is left");
        allowed.allow_token(5);
        assert_eq!(hot.next(&logits(&[f32::NAN; 100]), Some(&allowed)).unwrap().id, 5, "no choice is no sampling");
    }

    #[test]
    fn draws_follow_the_softmax_and_repeat_with_the_seed() {
        let sampling = Sampling { temperature: 1.0, top_p: 1.0, seed: 5 };
        let drawn = draws(sampling, 4000);
        assert_eq!(drawn, draws(sampling, 4000));
        let share = |id| drawn.iter().filter(|d| **d == id).count() as f64 / 4000.0;
        let total = 1.0 + 2f64.exp() + 1f64.exp();
        assert!((share(1) - 2f64.exp() / total).abs() < 0.03 && (share(2) - 1f64.exp() / total).abs() < 0.03);
        assert_eq!(share(3), 0.0);
    }

    #[test]
    fn top_p_leaves_out_the_tail() {
        let drawn = draws(Sampling { temperature: 1.0, top_p: 0.6, seed: 5 }, 500);
        assert!(drawn.iter().all(|id| *id == 1));
    }

    #[test]
    fn a_token_is_as_likely_as_the_model_says_whatever_is_drawn_from() {
        let values: Vec<f32> = (0..50_021).map(|id| ((id * 7919) % 4001) as f32 / 100.0 - 33.0).collect();
        let whole: f64 = values.iter().map(|x| f64::from(*x).exp()).sum::<f64>().ln();
        let mut allowed = SimpleVob::alloc(values.len());
        [17, 40_000].iter().for_each(|id| allowed.allow_token(*id));
        let mut only = SimpleVob::alloc(values.len());
        only.allow_token(17);
        let mut hot = Sampler::new(Sampling { temperature: 3.0, top_p: 0.9, seed: 1 }, 0);
        let mut greedy = Sampler::new(Sampling::default(), 0);
        for sampler in [&mut hot, &mut greedy] {
            for allowed in [None, Some(&allowed), Some(&only)] {
                let chosen = sampler.next(&logits(&values), allowed).unwrap();
                let expected = f64::from(values[chosen.id as usize]) - whole;
                assert!((chosen.log_probability - expected).abs() < 2e-5, "{chosen:?}, and not {expected}");
            }
        }
        let sure = greedy.next(&logits(&[0.0, 90.0, f32::NAN, f32::NEG_INFINITY]), None).unwrap();
        assert_eq!((sure.id, sure.log_probability), (1, 0.0));
    }
}
