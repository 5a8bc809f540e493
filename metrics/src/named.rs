use eval_core::{Case, Metric, Response, Score};

/// A metric by another name, or turned round: its score taken from 1.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) negated: bool,
    pub(crate) metric: Box<dyn Metric>,
}

impl Metric for Named {
    fn name(&self) -> &str {
        &self.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let score = self.metric.score(case, response);
        if !self.negated {
            return score;
        }
        match score {
            Score::Correct => Score::Incorrect,
            Score::Incorrect => Score::Correct,
            Score::Graded(x) => Score::Graded(1.0 - x),
            // What could not be measured is not the opposite of anything.
            Score::Refused | Score::NotApplicable | Score::Failed(_) => score,
        }
    }

    fn waits(&self) -> bool {
        self.metric.waits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    struct Says(Score);

    impl Metric for Says {
        fn name(&self) -> &str {
            "says"
        }

        fn score(&self, _: &Case, _: &Response) -> Score {
            self.0.clone()
        }
    }

    #[test]
    fn what_could_not_be_measured_has_no_opposite() {
        let opposite = |score| {
            let metric = Named { name: "not_says".into(), negated: true, metric: Box::new(Says(score)) };
            metric.score(&sample::label_case("c", "billing"), &sample::says(""))
        };
        assert_eq!(opposite(Score::Correct), Score::Incorrect);
        assert_eq!(opposite(Score::Incorrect), Score::Correct);
        assert_eq!(opposite(Score::Graded(0.25)), Score::Graded(0.75));
        for score in [Score::Refused, Score::NotApplicable, Score::Failed("why".into())] {
            assert_eq!(opposite(score.clone()), score);
        }
    }
}
