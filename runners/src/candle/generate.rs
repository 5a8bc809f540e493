//! Answers in the making: a prompt is read, then a token at a time is chosen until the answer ends.

use super::{
    Decoder, Feed, KvCache,
    encode::{Encoded, Encoder},
    error::{engine, failed},
    grammar::{Constraint, Grammars, Shape},
    labels::likeliest,
    memory::MemorySize,
    prefix::{Caches, Room, TooLarge},
    sampling::{Chosen, Sampler, Sampling},
};
use crate::{
    api::Decode,
    chat::{ToolFormat, split_thinking},
};
use candle_core::{Device, Tensor};
use eval_core::{FinishReason, Prompt, Response, RunnerError, RunnerErrorKind, Timing, Usage};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// A loaded model, shared by its workers.
pub struct Model {
    /// The weights.
    pub decoder: Decoder,
    /// Prompt to ids.
    pub encoder: Encoder,
    /// How the family writes tool calls.
    pub tool_format: ToolFormat,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Shared beginnings, and the memory of all caches.
    pub caches: Arc<Caches>,
    /// Tokens of prompts that were run through the decoder.
    pub tokens_read: AtomicU64,
    /// What a person should know and has not been told yet.
    pub notes: Mutex<Vec<String>>,
    /// What answers are held to their shape by; `None`: they are free.
    pub grammars: Option<Grammars>,
    /// How answers are made.
    pub decode: Decode,
    /// Whether a token's logits do not depend on what is read beside it, so that forced text may be read in one pass.
    pub reads_ahead: bool,
    /// Steps that are to fail.
    #[cfg(test)]
    pub faults: super::faults::Faults,
}

/// An answer in the making.
pub struct Answer {
    prompt: Arc<Prompt>,
    input_tokens: usize,
    thinking_opened: bool,
    cache: KvCache,
    sampler: Sampler,
    constraint: Option<Constraint>,
    ids: Vec<u32>,
    /// How likely each of them was, or the share of the label that was chosen.
    log_probabilities: Vec<f64>,
    /// The tokens that will likely come next.
    ahead: Vec<u32>,
    prompt_ms: f64,
    /// The steps that it had a part in: while the worker reads another prompt, it waits in a queue.
    generation_ms: f64,
    finish: Option<FinishReason>,
    /// The text before a stop string.
    cut: Option<String>,
    /// Tokens that were scored, where labels were compared instead of tokens generated.
    scored: Option<usize>,
    /// Given back after the cache, of which it is the memory.
    _room: Room,
}

impl Model {
    /// Encodes a prompt and checks that it and its answer fit the context.
    pub fn encode(&self, prompt: &Prompt) -> Result<Encoded, RunnerError> {
        let encoded = self.encoder.encode(prompt)?;
        let (length, answer) = (encoded.ids.len(), prompt.max_output_tokens as usize);
        let context = self.decoder.config().context;
        if length + answer <= context {
            return Ok(encoded);
        }
        Err(RunnerError::new(
            RunnerErrorKind::ContextLength,
            format!(
                "the prompt has {length} tokens and its answer may have {answer}: together more than the {context} of \
                 the model's context; it was not cut"
            ),
        ))
    }

    /// Room for an answer; `None`: not now. With `wait`, which is for those who have no other answer in the making, it is
    /// waited for.
    pub fn reserve(&self, prompt: &Prompt, encoded: &Encoded, wait: bool) -> Result<Option<Room>, RunnerError> {
        let reserved = self.caches.reserve(&encoded.ids, &encoded.cuts, own_tokens(prompt, encoded), wait);
        reserved.map_err(|TooLarge { needed, most }| {
            let (needs, there_is, more) = (MemorySize(needed), MemorySize(most), MemorySize(needed - most));
            let message = format!(
                "the prompt and its answer need {needs} of cache, and there is {there_is}: raise `max_memory` by {more} \
                 at least"
            );
            RunnerError::new(RunnerErrorKind::OutOfMemory, message)
        })
    }

    /// Reads a prompt and chooses the first token.
    pub fn begin(&self, prompt: Arc<Prompt>, encoded: Encoded, room: Room) -> Result<Answer, RunnerError> {
        let begun = Instant::now();
        let sampler = Sampler::new(self.sampling, stream(&prompt));
        let constraint = self.constraint(&prompt, encoded.thinking_opened)?;
        let (cache, logits) = self.read(&prompt, &encoded, &room).map_err(failed)?;
        let mut answer = Answer {
            prompt,
            input_tokens: encoded.ids.len(),
            thinking_opened: encoded.thinking_opened,
            cache,
            sampler,
            constraint,
            ids: Vec::new(),
            log_probabilities: Vec::new(),
            ahead: Vec::new(),
            prompt_ms: 0.0,
            generation_ms: 0.0,
            finish: None,
            cut: None,
            scored: None,
            _room: room,
        };
        if self.decode == Decode::Labels {
            answer.prompt_ms = milliseconds(begun);
            return self.compare_labels(answer, &logits);
        }
        self.choose(&mut answer, &logits)?;
        self.look_ahead(&mut answer);
        answer.prompt_ms = milliseconds(begun);
        Ok(answer)
    }

    /// Reads a prompt, what others share of it only where nobody has, and gives the logits that follow it.
    fn read(&self, prompt: &Prompt, encoded: &Encoded, room: &Room) -> candle_core::Result<(KvCache, Tensor)> {
        let Encoded { ids, cuts, .. } = encoded;
        let (mut cache, read) = room.cache(&self.decoder, ids, cuts, own_tokens(prompt, encoded))?;
        let rest = &ids[cuts.last().copied().unwrap_or(0)..];
        let logits = self.decoder.forward(rest, &mut cache)?;
        #[cfg(test)]
        self.faults.strike()?;
        self.tokens_read.fetch_add((read + rest.len()) as u64, Ordering::Relaxed);
        Ok((cache, logits))
    }

    /// The answer is the likeliest label.
    fn compare_labels(&self, mut answer: Answer, logits: &Tensor) -> Result<Answer, RunnerError> {
        let begun = Instant::now();
        let labels = answer.prompt.labels.clone();
        if labels.is_empty() || answer.thinking_opened {
            let why =
                if labels.is_empty() { "the prompt names none" } else { "the model's chat template has it think" };
            return Err(engine(format!("labels are to be compared, but {why}")));
        }
        let ids = labels.iter().map(|label| self.encoder.tokenizer.encode_plain(label));
        let mut ids = ids.collect::<Result<Vec<_>, _>>().map_err(engine)?;
        let cache = std::mem::replace(&mut answer.cache, self.decoder.cache(1).map_err(failed)?);
        let likeliest = likeliest(&self.decoder, &self.encoder.tokenizer, &ids, logits, cache).map_err(failed)?;
        answer.ids = ids.swap_remove(likeliest.place);
        answer.cut = Some(labels[likeliest.place].clone());
        answer.log_probabilities = vec![likeliest.log_share];
        answer.scored = Some(likeliest.scored);
        answer.finish = Some(FinishReason::Stop);
        answer.generation_ms = milliseconds(begun);
        Ok(answer)
    }

    /// Gives every answer its next token, and those after it that were foreseen; all of them are unfinished. After an
    /// error that is of memory they are as before.
    pub fn advance(&self, answers: &mut [&mut Answer]) -> Result<(), RunnerError> {
        let begun = Instant::now();
        let (read, logits) = self.step(answers).map_err(failed)?;
        let mut first = 0;
        for (answer, ids) in answers.iter_mut().zip(&read) {
            self.choose_all(answer, ids, &logits.narrow(0, first, ids.len()).map_err(failed)?)?;
            first += ids.len();
        }
        let step_ms = milliseconds(begun);
        for answer in answers {
            answer.generation_ms += step_ms;
        }
        Ok(())
    }

    /// The ids that each answer reads next, and the logits after every one of them.
    fn step(&self, answers: &mut [&mut Answer]) -> candle_core::Result<(Vec<Vec<u32>>, Tensor)> {
        let lengths: Vec<usize> = answers.iter().map(|answer| answer.cache.length()).collect();
        let read: Vec<Vec<u32>> = answers.iter_mut().map(|answer| answer.next_read()).collect();
        let mut feeds: Vec<Feed<'_>> =
            answers.iter_mut().zip(&read).map(|(answer, ids)| Feed { ids, cache: &mut answer.cache }).collect();
        // All that a device has to give is asked of it here, where nothing is chosen yet.
        let logits = self.decoder.step_through(&mut feeds).and_then(|logits| logits.to_device(&Device::Cpu));
        #[cfg(test)]
        let logits = logits.and_then(|logits| self.faults.strike().map(|()| logits));
        if logits.is_err() {
            answers.iter_mut().zip(lengths).for_each(|(answer, length)| answer.cache.rewind(length));
        }
        Ok((read, logits?))
    }

    /// Chooses after each of the ids that were read, until a choice is not the one that was foreseen.
    fn choose_all(&self, answer: &mut Answer, read: &[u32], logits: &Tensor) -> Result<(), RunnerError> {
        for row in 0..read.len() {
            self.choose(answer, &logits.get(row).map_err(failed)?)?;
            let foreseen = read.get(row + 1);
            if answer.is_finished() || answer.ids.last() != foreseen {
                answer.cache.rewind(answer.cache.length() - (read.len() - row - 1));
                break;
            }
        }
        self.look_ahead(answer);
        Ok(())
    }

    /// Foresees tokens where the grammar leaves one way to go on. The model still chooses each of them, so that they
    /// are what they would be one by one. The last may be part of a longer token and is not foreseen.
    fn look_ahead(&self, answer: &mut Answer) {
        let constraint = answer.constraint.as_mut().filter(|_| self.reads_ahead && answer.finish.is_none());
        let forced = constraint.map(Constraint::forced).unwrap_or_default();
        let text = std::str::from_utf8(&forced).unwrap_or_default();
        answer.ahead = self.encoder.tokenizer.encode_after(text).unwrap_or_default();
        answer.ahead.pop();
        answer.ahead.truncate(answer.prompt.max_output_tokens as usize - answer.ids.len());
    }

    fn constraint(&self, prompt: &Prompt, thinking_opened: bool) -> Result<Option<Constraint>, RunnerError> {
        let shape = self.grammars.as_ref().zip(Shape::of(prompt));
        shape.map(|(grammars, shape)| grammars.begin(&shape, thinking_opened)).transpose().map_err(engine)
    }

    fn choose(&self, answer: &mut Answer, logits: &Tensor) -> Result<(), RunnerError> {
        let allowed = answer.constraint.as_mut().map(Constraint::allowed).transpose().map_err(engine)?;
        let Chosen { id, log_probability } = answer.sampler.next(logits, allowed.as_ref()).map_err(failed)?;
        answer.ids.push(id);
        answer.log_probabilities.push(log_probability);
        if self.encoder.tokenizer.ends().contains(&id) || answer.is_complete(id).map_err(engine)? {
            answer.finish = Some(FinishReason::Stop);
        } else if let Some(text) = self.before_stop(answer)? {
            (answer.cut, answer.finish) = (Some(text), Some(FinishReason::Stop));
        } else if answer.ids.len() >= answer.prompt.max_output_tokens as usize {
            answer.finish = Some(FinishReason::Length);
        }
        Ok(())
    }

    /// The text before the first stop string, once one is there. An answer that is held to a shape ends by that.
    fn before_stop(&self, answer: &Answer) -> Result<Option<String>, RunnerError> {
        if answer.prompt.stop.is_empty() || answer.constraint.is_some() {
            return Ok(None);
        }
        let text = self.encoder.tokenizer.decode(&answer.ids).map_err(engine)?;
        let at = answer.prompt.stop.iter().filter_map(|stop| text.find(stop.as_str())).min();
        Ok(at.map(|at| text[..at].to_string()))
    }

    /// The response of a finished answer.
    pub fn finish(&self, answer: Answer) -> Result<Response, RunnerError> {
        let text = match answer.cut {
            Some(text) => text,
            None => {
                let ended = answer.ids.last().is_some_and(|id| self.encoder.tokenizer.ends().contains(id));
                let spoken = &answer.ids[..answer.ids.len() - usize::from(ended)];
                self.encoder.tokenizer.decode(spoken).map_err(engine)?
            }
        };
        let (reasoning, text) = split_thinking(&text, answer.thinking_opened);
        let mut response = Response {
            text,
            reasoning,
            tool_calls: Vec::new(),
            finish_reason: answer.finish,
            usage: Usage {
                input_tokens: Some(answer.input_tokens as u64),
                cached_input_tokens: Some(0),
                output_tokens: Some(answer.scored.unwrap_or(answer.ids.len()) as u64),
                reasoning_tokens: None,
            },
            confidence: Response::confidence_of(answer.log_probabilities),
            timing: Timing {
                latency_ms: Some(answer.prompt_ms + answer.generation_ms),
                prompt_ms: Some(answer.prompt_ms),
                generation_ms: Some(answer.generation_ms),
            },
            cost_usd: None,
            cached: false,
            attempts: 1,
            server: Default::default(),
            steps: None,
        };
        self.tool_format.take_calls(&mut response, &answer.prompt.tools);
        Ok(response)
    }
}

impl Answer {
    /// Whether its last token is chosen.
    pub fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// The last token, which the cache does not hold yet, and those foreseen.
    fn next_read(&mut self) -> Vec<u32> {
        self.ids.last().copied().into_iter().chain(self.ahead.drain(..)).collect()
    }

    /// Whether nothing may follow the chosen token.
    fn is_complete(&mut self, id: u32) -> Result<bool, String> {
        self.constraint.as_mut().map_or(Ok(false), |constraint| constraint.take(id))
    }
}

/// Tokens that are not read in common with other prompts.
fn own_tokens(prompt: &Prompt, encoded: &Encoded) -> usize {
    encoded.ids.len() - encoded.cuts.last().unwrap_or(&0) + prompt.max_output_tokens as usize
}

/// Which random numbers a prompt gets: its own for every case and repeat.
fn stream(prompt: &Prompt) -> u64 {
    eval_core::engine::order_key(0, &prompt.id.case_hash, prompt.id.repeat)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests;
