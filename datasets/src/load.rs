use crate::{
    SuiteError, built_in, cases,
    cases::Rules,
    error::combine,
    files::Files,
    json,
    loaded::{CaseLines, LoadedSuite},
    nearest::{list, suggest},
    place::Text,
    programs,
    prompts::Prompts,
    schema::{self, Flaw, Schema},
    settings::{self, FileSetting, Places, SuiteSettings, TaskSettings},
    tools::ToolSet,
};
use eval_core::{FieldRules, MetricConfig, Suite, Task};
use serde_json::Value;
use std::{path::Path, sync::Arc};

/// Reads and checks a suite: all its files, and the prompt of every case.
///
/// Words with a path separator, or that begin with `.` or end in `suite.toml`, name a folder (or its `suite.toml`);
/// other words name a built-in suite.
pub fn load(name_or_path: &str) -> Result<LoadedSuite, SuiteError> {
    load_from(name_or_path, &find(name_or_path)?)
}

/// Reads a suite from these files; it is called by these words.
pub(crate) fn load_from(name_or_path: &str, files: &Files) -> Result<LoadedSuite, SuiteError> {
    let what = format!("the suite `{name_or_path}`");
    let fail = |problems| combine(&what, problems).unwrap_or_else(|| SuiteError::new("failed to load the suite"));
    let source = files.read(settings::FILE)?;
    let settings = settings::read(source).map_err(fail)?;
    assemble(name_or_path, files, settings).map_err(fail)
}

pub(crate) fn find(words: &str) -> Result<Files, SuiteError> {
    let is_path = words.contains(['/', std::path::MAIN_SEPARATOR]) || words.starts_with('.') || words == settings::FILE;
    if is_path { folder(words) } else { built_in::files(words).ok_or_else(|| unknown(words)) }
}

fn folder(words: &str) -> Result<Files, SuiteError> {
    let path = Path::new(words);
    let path = if path.file_name().is_some_and(|name| name == settings::FILE) {
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    } else {
        path
    };
    let root = path.canonicalize().map_err(|error| {
        SuiteError::new(format!("failed to open the suite's folder `{}`: {error}", path.display()))
            .help("`eval init DIR` writes a suite to begin with")
    })?;
    if !root.is_dir() {
        return Err(SuiteError::new(format!("`{words}` is not a folder"))
            .help(format!("name the folder that holds `{}`", settings::FILE)));
    }
    if !root.join(settings::FILE).exists() {
        return Err(SuiteError::new(format!("the folder `{words}` holds no `{}`", settings::FILE))
            .help("`eval init DIR` writes a suite to begin with"));
    }
    Ok(Files::Folder(root))
}

fn unknown(words: &str) -> SuiteError {
    let names = built_in::names();
    let mut help = suggest(words, "built-in suites", names.iter().copied());
    if Path::new(words).is_dir() {
        help = format!("to use the folder of that name, write `./{words}`; built-in suites: {}", list(names));
    } else {
        help.push_str("; a suite of your own is named by its folder, such as `./my-suite`");
    }
    SuiteError::new(format!("there is no built-in suite `{words}`")).help(help)
}

/// Reads the files that the settings name.
fn assemble(source: &str, files: &Files, settings: SuiteSettings) -> Result<LoadedSuite, Vec<SuiteError>> {
    let mut problems = Vec::new();
    let mut prompts = Prompts::default();
    let (mut tasks, mut lines) = (Vec::new(), Vec::new());
    let places = settings.places;
    for task in settings.tasks {
        let reader = TaskReader { files, places: &places, settings: &task };
        problems.extend(reader.template(&mut prompts).err());
        match reader.task() {
            Ok((read, of_cases)) => {
                tasks.push(read);
                lines.push(of_cases);
            }
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let suite = Suite {
        name: settings.name,
        description: settings.description,
        data_policy: settings.data_policy,
        decision: settings.decision,
        tasks,
        hash: String::new(),
    };
    let loaded = LoadedSuite::new(suite, source, prompts, places, lines);
    let failures = loaded.rendering_problems();
    if failures.is_empty() { Ok(loaded) } else { Err(failures) }
}

/// Reads what one `[[task]]` names.
struct TaskReader<'a> {
    files: &'a Files,
    places: &'a Places,
    settings: &'a TaskSettings,
}

impl TaskReader<'_> {
    /// Compiles the prompt template.
    fn template(&self, prompts: &mut Prompts) -> Result<(), SuiteError> {
        let (name, setting) = (&self.settings.name.value, &self.settings.prompt);
        let source = self.files.read(&setting.path).map_err(|problem| self.locate(setting, problem))?;
        prompts.add(name, self.settings.kind, Text::new(&setting.path, source))
    }

    /// The task, and where its cases stand.
    fn task(&self) -> Result<(Task, CaseLines), Vec<SuiteError>> {
        let settings = self.settings;
        let (schema, validator) = match &settings.schema {
            Some(setting) => self.schema(setting).map(|(schema, validator)| (Some(schema), Some(validator)))?,
            None => (None, None),
        };
        let tools = match &settings.tools {
            Some(setting) => self.tools(setting)?,
            None => ToolSet::none(),
        };
        let labels: Vec<Arc<str>> = settings.labels.iter().map(|label| label.as_str().into()).collect();
        let by_pointer = settings.fields.iter().map(|field| (field.pointer.clone(), field.rule.clone())).collect();
        let fields = FieldRules::new(&by_pointer);
        let rules = Rules {
            task: settings.name.value.as_str().into(),
            kind: settings.kind,
            labels: &labels,
            abstain: settings.abstain.as_deref(),
            schema: validator.as_ref(),
            fields: &fields,
            tools: &tools,
        };
        let file = &settings.cases;
        let reader = self.files.open(&file.path).map_err(|problem| vec![self.locate(file, problem)])?;
        let cases::Cases { cases, lines } = cases::read(reader, &file.path, &rules)?;
        let lines = CaseLines { file: file.path.as_str().into(), lines };
        let task = Task {
            name: settings.name.value.clone(),
            kind: settings.kind,
            labels: settings.labels.clone(),
            abstain: settings.abstain.clone(),
            schema: schema.map(Arc::new),
            prevalence: settings.prevalence,
            strict: settings.strict,
            accept_recovered: settings.accept_recovered,
            formats: settings.formats,
            fields: by_pointer,
            tools: tools.tools,
            arguments: settings.arguments,
            max_output_tokens: settings.max_output_tokens,
            stop: settings.stop.clone(),
            metrics: self.metrics().map_err(|problem| vec![problem])?,
            home: programs::home(self.files, &settings.metrics),
            bars: settings.bars.clone(),
            cases,
        };
        Ok((task, lines))
    }

    /// The metrics, with the text of a rubric that is a file of its own.
    fn metrics(&self) -> Result<Vec<MetricConfig>, SuiteError> {
        let mut metrics = self.settings.metrics.clone();
        for metric in &mut metrics {
            let path = metric.settings.get("rubric").and_then(Value::as_str).filter(|text| text.ends_with(".jinja"));
            if let Some(path) = path.filter(|text| !text.contains(char::is_whitespace)).map(String::from) {
                let show = |problem| self.places.show(&self.settings.name.value, "metrics", problem);
                let text = self.files.read(&path).map_err(show)?;
                metric.settings.insert("rubric".into(), text.into());
            }
        }
        Ok(metrics)
    }

    fn schema(&self, setting: &FileSetting) -> Result<(Value, Schema), Vec<SuiteError>> {
        let (text, schema) = self.json(setting)?;
        if schema["type"] != "object" {
            let message = "the schema of an extraction is not of `\"type\": \"object\"`".into();
            let help = "write {\"type\": \"object\", \"properties\": {…}}".into();
            let pointer = "/type".into();
            return Err(vec![Flaw { message, help, pointer }.into_error(&text)]);
        }
        let validator = schema::compile(&schema).map_err(|flaw| vec![flaw.into_error(&text)])?;
        let pointers = schema::pointers(&schema);
        let named = self.settings.fields.iter().flat_map(|field| {
            let key = field.rule.key.iter().map(|key| format!("{}/*/{}", field.pointer, json::segment(key)));
            std::iter::once(field.pointer.clone()).chain(key).map(move |pointer| (pointer, field))
        });
        let problems: Vec<_> = named
            .filter(|(pointer, _)| !schema::allows(&pointers, pointer))
            .map(|(pointer, field)| {
                let help = suggest(&pointer, "fields of the schema", pointers.named.iter().map(String::as_str));
                self.places.at(field.span.clone(), format!("the schema has no field `{pointer}`")).help(help)
            })
            .collect();
        if problems.is_empty() { Ok((schema, validator)) } else { Err(problems) }
    }

    fn tools(&self, setting: &FileSetting) -> Result<ToolSet, Vec<SuiteError>> {
        let (text, value) = self.json(setting)?;
        ToolSet::read(&value, "").map_err(|flaws| flaws.into_iter().map(|flaw| flaw.into_error(&text)).collect())
    }

    fn json(&self, setting: &FileSetting) -> Result<(Text, Value), Vec<SuiteError>> {
        let source = self.files.read(&setting.path).map_err(|problem| vec![self.locate(setting, problem)])?;
        let text = Text::new(&setting.path, source);
        match json::parse(&text.text) {
            Ok(value) => Ok((text, value)),
            Err(error) => Err(vec![
                text.problem(error.at..error.at, format!("not valid JSON: {}", error.message))
                    .help("JSON has no comments and no comma after the last item"),
            ]),
        }
    }

    /// A problem with a file, shown where the settings name it.
    fn locate(&self, setting: &FileSetting, problem: SuiteError) -> SuiteError {
        self.places.show(&self.settings.name.value, setting.key, problem)
    }
}
