use super::{Entry, Identity, Key, Store};
use eval_core::{BoxFuture, Price, Prompt, Response, Runner, RunnerError};
use std::sync::Arc;

/// A layer around a runner: what was answered before is given again, marked, at the cost and latency of its purchase.
pub struct CacheRunner {
    inner: Arc<dyn Runner>,
    store: Arc<Store>,
    identity: Identity,
    price: Option<Price>,
}

impl CacheRunner {
    /// `price` is today's: new answers are kept with what they cost now. `None` is unknown.
    pub fn new(inner: Arc<dyn Runner>, store: Arc<Store>, identity: Identity, price: Option<Price>) -> Self {
        Self { inner, store, identity, price }
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Response, RunnerError> {
        let key = Key::new(&self.identity, prompt);
        if let Some(Entry { response, cost_usd, .. }) = self.store.get(&key) {
            return Ok(Response { cached: true, cost_usd, ..response });
        }
        // A failure may pass and is never kept. A refusal or an answer that was cut is what the model says.
        let response = self.inner.respond(prompt).await?.bounded();
        let price = self.price.as_ref();
        let cost_usd = response.cost_usd.or_else(|| price.and_then(|price| price.cost(&response.usage)));
        self.store.put(&key, &prompt.id, &response, cost_usd);
        Ok(response)
    }
}

impl Runner for CacheRunner {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        Box::pin(self.ask(prompt))
    }
}
