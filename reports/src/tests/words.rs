//! What the page says, in words: every sentence must be a right one.

use super::{
    fixture::{LARGE, Run, SMALL, fail_call, html, one_model, summarize, with_reference, wrong},
    paired::{ask_again, of, run, two_tasks},
};
use eval_core::{Bar, Behaviour, ModelInfo, Record};

fn page(run: &Run) -> String {
    html(run, &summarize(run).unwrap()).unwrap()
}

#[test]
fn a_model_is_named_by_its_weights_and_never_by_the_size_or_digest_of_a_part() {
    let mut run = with_reference();
    run.manifest.models[1].settings = serde_json::json!({"recorded": "qwen"});
    run.manifest.models[1].details = serde_json::json!({"sha256": "of the recording", "recorded": {
        "model": "as it was called", "settings": {"weights": "qwen2.5"},
        "details": {"name": "Qwen 2.5", "sha256": "of the weights", "gpu": {"name": "a card"},
            "adapter": {"sha256": "of the adapter"}, "memory": {"weights": 709_144_064, "caches": 4}}}});
    let page = page(&run);
    assert!(page.contains("<dt>model</dt><dd>qwen2.5</dd>"), "the weights");
    assert!(page.contains("<dt>weights, sha256</dt><dd>of the weights</dd>"), "their digest");
}
