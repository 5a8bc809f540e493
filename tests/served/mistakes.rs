//! What a person sees of a served model that is named or configured wrongly. Nobody is asked.

use crate::{
    common::{Sandbox, shop, snapshot},
    mock,
};

/// The errors of one configuration after another; each ends with 2 and leaves no run behind.
fn errors(sandbox: &Sandbox, configurations: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (title, keys) in configurations {
        sandbox.write("eval.toml", format!("[models.m]\n{keys}\n"));
        let outcome = sandbox.eval_to(2, "run --suite ./shop --candidate m --quiet");
        assert_eq!(outcome.stdout, "", "{title}");
        assert!(sandbox.runs().is_empty(), "{title}");
        text += &format!("# {title}\n{}\n", outcome.stderr);
    }
    text
}

#[test]
fn of_keys_in_the_configuration() {
    let server = mock::right();
    let sandbox = mock::shop(&server);
    let text = errors(
        &sandbox,
        &[
            ("no model", "runner = \"openai\""),
            ("an unknown preset", "runner = \"openai\"\nmodel = \"x\"\npreset = \"vlm\""),
            ("a preset of another runner", "runner = \"anthropic\"\nmodel = \"x\"\npreset = \"vllm\""),
            ("a local model with an address", "runner = \"candle\"\nweights = \"x\"\nbase_url = \"http://h/v1\""),
            ("a recording with a key", "runner = \"replay\"\noutputs = \"mixed.jsonl\"\nkey_env = \"KEY\""),
            ("a served model with weights", "runner = \"openai\"\nmodel = \"x\"\nweights = \"y\""),
            ("two keys", "runner = \"openai\"\nmodel = \"x\"\nkey_env = \"K\"\nkey_command = \"true\""),
            (
                "two addresses",
                "runner = \"openai\"\nmodel = \"x\"\nbase_url = \"http://h\"\nbase_urls = [\"http://h\"]",
            ),
            ("no attempt", "runner = \"openai\"\nmodel = \"x\"\nattempts = 0"),
            ("no time", "runner = \"gemini\"\nmodel = \"x\"\ntimeout_s = 0.0"),
            ("an unknown decoding", "runner = \"openai\"\nmodel = \"x\"\ndecode = \"grammar\""),
            ("tools in another way", "runner = \"openai\"\nmodel = \"x\"\ntools = \"text\""),
            ("words for tools, of Anthropic", "runner = \"anthropic\"\nmodel = \"x\"\ntools = \"in_words\""),
            ("of Gemini", "runner = \"gemini\"\nmodel = \"x\"\ntools = \"in_words\""),
            ("of a local model", "runner = \"candle\"\nweights = \"x\"\ntools = \"in_words\""),
            ("of a recording", "runner = \"replay\"\noutputs = \"mixed.jsonl\"\ntools = \"in_words\""),
        ],
    );
    snapshot!(sandbox, text);
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn of_addresses_and_keys() {
    let sandbox = shop::sandbox().with("PATH", std::env::var("PATH").unwrap());
    let openai = "runner = \"openai\"\nmodel = \"x\"";
    let served = |keys: &str| format!("{openai}\nbase_url = \"http://127.0.0.1:1/v1\"\n{keys}");
    let text = errors(
        &sandbox,
        &[
            ("a password in the address", &format!("{openai}\nbase_url = \"https://me:planted@h/v1\"")),
            ("a key in the address", &format!("{openai}\nbase_url = \"https://h/v1?key=planted\"")),
            ("no address", &format!("{openai}\nbase_url = \"localhost\"")),
            ("a server without a usual address", "runner = \"openai\"\npreset = \"azure\"\nmodel = \"x\""),
            ("a region that is not known", "runner = \"openai\"\npreset = \"bedrock\"\nmodel = \"x\""),
            ("a key that is not set", &served("key_env = \"ABSENT\"")),
            ("a header with a variable that is not set", &served("headers = { X-Team = \"planted ${ABSENT}\" }")),
            ("a name that no header has", &served("headers = { \"X Team\" = \"planted\" }")),
            ("a command that fails", &served("key_command = \"echo planted; exit 3\"")),
            ("a command that prints nothing", &served("key_command = \"true\"")),
            ("a command that prints two lines", &served("key_command = \"echo planted; echo planted\"")),
        ],
    );
    assert!(!text.contains("planted"), "{text}");
    snapshot!(sandbox, text);
}

#[test]
fn of_what_a_server_cannot_do() {
    let server = mock::right();
    let sandbox = mock::shop(&server);
    let schema = "model = \"x\"\ndecode = \"schema\"";
    let text = errors(
        &sandbox,
        &[
            ("mlx", &format!("runner = \"openai\"\npreset = \"mlx\"\n{schema}")),
            ("deepseek", &format!("runner = \"openai\"\npreset = \"deepseek\"\n{schema}")),
            (
                "a cloud model of ollama",
                "runner = \"openai\"\npreset = \"ollama\"\nmodel = \"gpt-oss:20b-cloud\"\ndecode = \"schema\"",
            ),
        ],
    );
    snapshot!(sandbox, text);
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn of_prompts_of_its_own() {
    let server = mock::right();
    let sandbox = mock::shop(&server);
    let files = [
        ("syntax.jinja", "{% block user %}\n{{ input }\n{% endblock %}"),
        ("variable.jinja", "One of: {{ lables }}.\n{{ input }}\n"),
        ("part.jinja", "{{ input.text }}\n"),
        ("outside.jinja", "Sort this.\n{% block user %}{{ input }}{% endblock %}"),
    ];
    for (name, text) in files {
        sandbox.write(&format!("prompts/{name}"), text);
    }
    let served = "runner = \"openai\"\nmodel = \"x\"";
    let own = |prompts: &str| format!("{served}\n[models.m.prompts]\n{prompts}");
    let text = errors(
        &sandbox,
        &[
            ("of a recording", "runner = \"replay\"\noutputs = \"mixed.jsonl\"\nprompts = { triage = \"x.jinja\" }"),
            ("not by task", &format!("{served}\nprompts = \"prompts/syntax.jinja\"")),
            ("an unknown task", &own("traige = \"prompts/syntax.jinja\"")),
            ("no such file", &own("triage = \"prompts/absent.jinja\"")),
            ("a folder", &own("triage = \"prompts\"")),
            ("it does not compile", &own("triage = \"prompts/syntax.jinja\"")),
            ("an undefined variable", &own("triage = \"prompts/variable.jinja\"")),
            ("an undefined part of the input", &own("triage = \"prompts/part.jinja\"")),
            (
                "several",
                &own("triage = \"prompts/outside.jinja\"\nfields = \"absent.jinja\"\nanswer = \"prompts/part.jinja\""),
            ),
        ],
    );
    snapshot!(sandbox, text);
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn of_names_on_the_command_line() {
    let sandbox = shop::sandbox();
    let names = ["opnai:gpt-4o-mini", "vllm:", "gpt-4o-mini"];
    let errors = names.map(|name| {
        let outcome = sandbox.eval_to(2, &format!("run --suite ./shop --candidate {name} --quiet"));
        format!("# {name}\n{}", outcome.stderr)
    });
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn the_presets_are_listed() {
    let sandbox = Sandbox::new();
    snapshot!(sandbox, sandbox.eval_to(0, "models presets").stdout);
}
