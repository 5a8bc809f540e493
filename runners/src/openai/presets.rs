//! What is known of the servers that speak OpenAI's chat completions, one preset each.

use crate::bedrock;

/// A kind of server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// The word before the colon: `vllm:MODEL`.
    pub name: &'static str,
    /// Where it listens unless told otherwise; `{region}` is read from [`Preset::region_variables`]. `None`: everyone has
    /// an address of their own.
    pub base_url: Option<&'static str>,
    /// The variable that holds another base URL.
    pub base_url_variable: &'static str,
    /// What the variable's value lacks, where it names the host alone.
    pub base_path: &'static str,
    /// The variable that holds the key.
    pub key_variable: &'static str,
    /// Whether it answers nobody without a key.
    pub needs_key: bool,
    /// How the key is sent.
    pub key_header: KeyHeader,
    /// How a schema is asked for; `None`: it cannot constrain its answers.
    pub schema: Option<SchemaForm>,
    /// How the number of tokens is limited.
    pub limit: LimitKey,
    /// The key of the seed; `None`: it takes none.
    pub seed: Option<&'static str>,
    /// Whether a stream must be asked for its usage.
    pub asks_stream_usage: bool,
    /// Calls that it can serve at once, at most, where nobody says otherwise: one that has few slots makes the others wait.
    pub at_once: usize,
    /// What usage it reports beside input and output.
    pub reports: &'static str,
    /// What a user should know.
    pub note: &'static str,
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHeader {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `api-key: KEY`.
    ApiKey,
}

/// The forms in which `response_format` holds a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaForm {
    /// `{"type": "json_schema", "json_schema": {"name", "strict": true, "schema"}}`.
    JsonSchema,
    /// `{"type": "json_object", "schema"}`.
    JsonObject,
    /// `{"type": "json", "schema"}`.
    Json,
}

/// The keys that limit an answer's length. No server takes both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKey {
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
}

impl LimitKey {
    /// The key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

impl SchemaForm {
    /// The value of `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JsonSchema => "json_schema",
            Self::JsonObject => "json_object",
            Self::Json => "json",
        }
    }
}

/// A server that does what most do.
const USUAL: Preset = Preset {
    name: "",
    base_url: None,
    base_url_variable: "",
    base_path: "",
    key_variable: "",
    needs_key: true,
    key_header: KeyHeader::Bearer,
    schema: Some(SchemaForm::JsonSchema),
    limit: LimitKey::MaxTokens,
    seed: Some("seed"),
    asks_stream_usage: true,
    at_once: 64,
    reports: "cached tokens",
    note: "",
};

/// Every preset, in the order in which they are listed.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "openai",
        base_url: Some("https://api.openai.com/v1"),
        base_url_variable: "OPENAI_BASE_URL",
        key_variable: "OPENAI_API_KEY",
        limit: LimitKey::MaxCompletionTokens,
        reports: "cached, reasoning",
        note: "no temperature or stop is sent of itself to o1, o3, o4 and gpt-5 models, which take none",
        ..USUAL
    },
    Preset {
        name: "azure",
        base_url_variable: "AZURE_OPENAI_ENDPOINT",
        base_path: "/openai/v1",
        key_variable: "AZURE_OPENAI_API_KEY",
        key_header: KeyHeader::ApiKey,
        limit: LimitKey::MaxCompletionTokens,
        reports: "cached, reasoning",
        note: "the model is the deployment's name; a prompt that its filter refuses is an answer of content_filter",
        ..USUAL
    },
    Preset {
        name: "vllm",
        base_url: Some("http://localhost:8000/v1"),
        base_url_variable: "VLLM_BASE_URL",
        key_variable: "VLLM_API_KEY",
        needs_key: false,
        limit: LimitKey::MaxCompletionTokens,
        reports: "cached (--enable-prompt-tokens-details)",
        note: "tools need --enable-auto-tool-choice and --tool-call-parser",
        ..USUAL
    },
    Preset {
        name: "ollama",
        base_url: Some("http://localhost:11434/v1"),
        base_url_variable: "OLLAMA_HOST",
        base_path: "/v1",
        key_variable: "OLLAMA_API_KEY",
        needs_key: false,
        at_once: 4,
        reports: "plain",
        note: "thinking models think unless extra = { reasoning_effort = \"none\" }; its cloud models take no schema",
        ..USUAL
    },
    Preset {
        name: "lmstudio",
        base_url: Some("http://localhost:1234/v1"),
        base_url_variable: "LM_STUDIO_API_BASE",
        key_variable: "LM_API_TOKEN",
        needs_key: false,
        at_once: 4,
        reports: "reasoning",
        note: "with one model loaded it answers any name: the record's `server.model` tells which one it was",
        ..USUAL
    },
    Preset {
        name: "llamacpp",
        base_url: Some("http://localhost:8080/v1"),
        base_url_variable: "LLAMACPP_BASE_URL",
        key_variable: "LLAMA_API_KEY",
        needs_key: false,
        at_once: 4,
        schema: Some(SchemaForm::JsonObject),
        note: "llama-server and llama-cpp-python; both answer any model name",
        ..USUAL
    },
    Preset {
        name: "tgi",
        base_url: Some("http://localhost:3000/v1"),
        base_url_variable: "TGI_BASE_URL",
        key_variable: "TGI_API_KEY",
        needs_key: false,
        reports: "plain",
        note: "a schema together with tools is refused",
        ..USUAL
    },
    Preset {
        name: "trtllm",
        base_url: Some("http://localhost:8000/v1"),
        base_url_variable: "TRTLLM_BASE_URL",
        key_variable: "TRTLLM_API_KEY",
        needs_key: false,
        schema: Some(SchemaForm::Json),
        note: "a schema needs guided_decoding_backend in the server's configuration, without which some versions ignore it",
        ..USUAL
    },
    Preset {
        name: "mlx",
        base_url: Some("http://localhost:8080/v1"),
        base_url_variable: "MLX_BASE_URL",
        key_variable: "MLX_API_KEY",
        needs_key: false,
        at_once: 4,
        schema: None,
        note: "",
        ..USUAL
    },
    Preset {
        name: "sglang",
        base_url: Some("http://localhost:30000/v1"),
        base_url_variable: "SGLANG_BASE_URL",
        key_variable: "SGLANG_API_KEY",
        needs_key: false,
        limit: LimitKey::MaxCompletionTokens,
        reports: "cached (--enable-cache-report), reasoning",
        note: "tools need --tool-call-parser",
        ..USUAL
    },
    Preset {
        name: "together",
        base_url: Some("https://api.together.xyz/v1"),
        base_url_variable: "TOGETHER_BASE_URL",
        key_variable: "TOGETHER_API_KEY",
        asks_stream_usage: false,
        note: "schemas and tools on the models that it lists for them",
        ..USUAL
    },
    Preset {
        name: "fireworks",
        base_url: Some("https://api.fireworks.ai/inference/v1"),
        base_url_variable: "FIREWORKS_BASE_URL",
        base_path: "/inference/v1",
        key_variable: "FIREWORKS_API_KEY",
        ..USUAL
    },
    Preset {
        name: "anyscale",
        base_url_variable: "ANYSCALE_BASE_URL",
        key_variable: "ANYSCALE_API_KEY",
        note: "its shared endpoints ended in August 2024: the base URL is that of a service of your own",
        ..USUAL
    },
    Preset {
        name: "groq",
        base_url: Some("https://api.groq.com/openai/v1"),
        base_url_variable: "GROQ_BASE_URL",
        base_path: "/openai/v1",
        key_variable: "GROQ_API_KEY",
        limit: LimitKey::MaxCompletionTokens,
        reports: "cached, reasoning",
        note: "schemas are enforced for the gpt-oss models, others are refused",
        ..USUAL
    },
    Preset {
        name: "mistral",
        base_url: Some("https://api.mistral.ai/v1"),
        base_url_variable: "MISTRAL_BASE_URL",
        key_variable: "MISTRAL_API_KEY",
        seed: Some("random_seed"),
        asks_stream_usage: false,
        ..USUAL
    },
    Preset {
        name: "deepseek",
        base_url: Some("https://api.deepseek.com/v1"),
        base_url_variable: "DEEPSEEK_BASE_URL",
        key_variable: "DEEPSEEK_API_KEY",
        schema: None,
        seed: None,
        reports: "cached, reasoning",
        note: "thinks, and then ignores temperature, unless extra = { thinking = { type = \"disabled\" } }",
        ..USUAL
    },
    Preset {
        name: "cohere",
        base_url: Some("https://api.cohere.ai/compatibility/v1"),
        base_url_variable: "COHERE_BASE_URL",
        key_variable: "COHERE_API_KEY",
        schema: Some(SchemaForm::JsonObject),
        reports: "plain",
        ..USUAL
    },
    Preset {
        name: "openrouter",
        base_url: Some("https://openrouter.ai/api/v1"),
        base_url_variable: "OPENROUTER_BASE_URL",
        key_variable: "OPENROUTER_API_KEY",
        asks_stream_usage: false,
        reports: "cached, reasoning, the cost itself",
        note: "with a schema or tools, only providers that take them are asked",
        ..USUAL
    },
    Preset {
        name: "bedrock",
        base_url: Some("https://bedrock-runtime.{region}.amazonaws.com/openai/v1"),
        base_url_variable: "AWS_BEDROCK_BASE_URL",
        key_variable: "AWS_BEARER_TOKEN_BEDROCK",
        limit: LimitKey::MaxCompletionTokens,
        seed: None,
        reports: "plain",
        note: "the open models by chat completions, Amazon Nova by Converse; the region is read from AWS_REGION",
        ..USUAL
    },
];

/// The variables that name a region, in turn.
pub const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The preset of a name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

impl Preset {
    /// Whether the model refuses sampling parameters, so that none is sent unless the user asks for one.
    pub fn samples_by_itself(&self, model: &str) -> bool {
        let thinks = ["o1", "o3", "o4", "gpt-5"].iter().any(|family| model.starts_with(family));
        matches!(self.name, "openai" | "azure") && thinks && !model.contains("-chat")
    }

    /// Whether the model runs elsewhere although its server is here.
    pub fn leaves_the_machine(&self, model: &str) -> bool {
        self.name == "ollama" && (model.ends_with("-cloud") || model.ends_with(":cloud"))
    }

    /// How this model is asked for a schema; `None`: it cannot be.
    pub fn schema_of(&self, model: &str) -> Option<SchemaForm> {
        let nova = self.name == "bedrock" && bedrock::serves(model);
        self.schema.filter(|_| !nova && !self.leaves_the_machine(model))
    }
}
