use crate::outline::Outline;

/// The time that a model's own process spent on its answers. Prompts are read one by one; generating is shared by the
/// answers that are in the making together, so that the two count differently.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    pub answers: u64,
    pub prompt_ms: f64,
    pub generation_ms: f64,
    /// Answers that do not tell both times.
    pub untold: u64,
}

impl Work {
    pub fn add(&mut self, outline: &Outline) {
        // A failed call took no time that is known, a cached answer none.
        if outline.behaviour.is_none() || outline.cached {
            return;
        }
        match (outline.speed.prompt_ms, outline.speed.generation_ms) {
            (Some(prompt), Some(generation)) => {
                self.answers += 1;
                self.prompt_ms += prompt;
                self.generation_ms += generation;
            }
            _ => self.untold += 1,
        }
    }
}
