//! `data_policy = "local-only"`.

use crate::{
    common::{Sandbox, shop, snapshot},
    mock::{self, prompt, server::Server},
};

fn local_only(sandbox: Sandbox) -> Sandbox {
    sandbox.replace("shop/suite.toml", "description", "data_policy = \"local-only\"\ndescription");
    sandbox
}

#[test]
fn a_model_elsewhere_is_refused_before_the_first_byte() {
    let server = mock::right();
    let sandbox = local_only(mock::shop(&server)).with("OLLAMA_HOST", server.address().to_string());
    sandbox.write(
        "eval.toml",
        "[models.pool]\nrunner = \"openai\"\nmodel = \"m\"\nbase_urls = [\"http://localhost:1/v1\", \"http://gpu-2/v1\"]\n",
    );
    let models = [
        "anthropic:claude-haiku-4-5",
        "gemini:gemini-2.5-flash",
        "groq:openai/gpt-oss-20b",
        "ollama:gpt-oss:120b-cloud",
        "pool",
    ];
    // Before a key is looked for, and before the other model is asked.
    let errors = models.map(|model| {
        let words = format!("run --suite ./shop --candidate openai:gpt-4o-mini --reference {model}");
        let outcome = sandbox.eval_to(2, &words);
        assert_eq!(sandbox.eval_to(2, &format!("{words} --dry-run")).stderr, outcome.stderr);
        format!("# {model}\n{}", outcome.stderr)
    });
    assert!(sandbox.runs().is_empty());
    assert_eq!(server.asked().len(), 0);
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn this_machine_and_declared_hosts_are_allowed() {
    let server = Server::start(|asked| mock::openai(&shop::right_answer(&prompt(asked))));
    let sandbox = local_only(mock::shop(&server));
    sandbox.eval_to(0, &format!("{} --cache off", mock::RUN));

    // It listens on this machine all the same, but the address does not say so.
    let config = |hosts: &str| {
        let base = format!("http://0.0.0.0:{}/v1", server.address().port());
        let model = format!("[models.m]\nrunner = \"openai\"\nmodel = \"x\"\nbase_url = \"{base}\"\n");
        sandbox.write("eval.toml", format!("private_hosts = [{hosts}]\n{model}"));
    };
    let words = "run --suite ./shop --candidate m --quiet";
    for hosts in ["", "\"0.0.0\", \"10.0.0.1\""] {
        config(hosts);
        sandbox.eval_to(2, words);
    }
    assert_eq!(server.asked().len(), shop::CASES);
    config("\"0.0.0.0\"");
    sandbox.eval_to(0, words);
    assert_eq!(server.asked().len(), 2 * shop::CASES);
}

#[test]
fn a_proxy_is_not_asked_for_what_must_stay_here() {
    let server = mock::right();
    let proxy = Server::start(|_| mock::failed(502, "proxy", "This is the proxy."));
    let mut sandbox = local_only(mock::shop(&server));
    for variable in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        sandbox = sandbox.with(variable, proxy.url(""));
    }
    sandbox.eval_to(0, mock::RUN);
    assert_eq!((proxy.asked().len(), server.asked().len()), (0, shop::CASES));
}
