"""The conversations that every family renders."""

AWKWARD = "\n \"quotes\" 'single' <b>&amp;</b> \\n \\ back\tslash {{ not_a_template }} {% raw %} {# c #}\r\nline two\u2028three é 包裹 👩‍💻 \u0001\u007f </s><|im_end|> \n"
FIND = {"type": "function", "function": {
    "name": "find_order",
    "description": "Finds an order by its number; \"quoted\", <tagged> & über-nützlich.",
    "parameters": {"type": "object", "properties": {
        "order": {"type": "string", "description": "Bestellnummer, z. B. A-20418", "pattern": "^[A-Z]-\\d{5}$"},
        "limit": {"type": "integer", "minimum": 1, "default": 10},
        "filter": {"type": "object", "properties": {
            "status": {"type": "array", "items": {"type": "string", "enum": ["offen", "geliefert", "包裹丢失"]}},
            "price": {"type": "object", "properties": {"min": {"type": "number", "default": 0.5}, "max": {"type": ["number", "null"], "default": None}}}},
            "additionalProperties": False}},
        "required": ["order"]}}}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "The time.", "parameters": {"type": "object", "properties": {}}}}
ARGUMENTS = {"order": "A-20418", "limit": 3, "filter": {"status": ["包裹丢失", "it's <late>"], "price": {"min": 1.0, "max": 1e-07}}, "exact": True, "note": None, "n": [0, -1, 2.5, 12345678901234567890, 1e16, 100000.0]}


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments, id="call12345"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def result(content, id="call12345", name="find_order"):
    return turn("tool", content, tool_call_id=id, name=name)


SYSTEM, USER, ASSISTANT = turn("system", "You are the shop's assistant."), turn("user", "Where is my order?"), turn("assistant", "It is on its way.")
ASKED = turn("assistant", "", tool_calls=[call("find_order", ARGUMENTS)])
FOUND = result("{\"status\": \"geliefert\", \"note\": \"<b>left at the neighbour's</b>\"}")
THOUGHT = turn("assistant", "<think>\nThe order is late.\n</think>\n\nIt is on its way.")


def case(name, messages, tools=None, add_generation_prompt=True, **kwargs):
    return {"name": name, "messages": messages, "tools": tools, "add_generation_prompt": add_generation_prompt, "kwargs": kwargs}


COMMON = [
    case("user", [USER]),
    case("system and user", [SYSTEM, USER]),
    case("several turns", [SYSTEM, USER, ASSISTANT, turn("user", "Thanks. When?")]),
    case("several turns without a system turn", [USER, ASSISTANT, turn("user", "Thanks. When?"), turn("assistant", "Tomorrow."), turn("user", "Good.")]),
    case("no generation prompt", [SYSTEM, USER, ASSISTANT], add_generation_prompt=False),
    case("awkward strings", [turn("system", AWKWARD), turn("user", AWKWARD), turn("assistant", AWKWARD), turn("user", AWKWARD)]),
    case("awkward strings without a system turn", [turn("user", AWKWARD), turn("assistant", AWKWARD), turn("user", AWKWARD)]),
    case("empty strings", [turn("system", ""), turn("user", ""), turn("assistant", ""), turn("user", "x")]),
    case("tools", [USER], [FIND, CLOCK]),
    case("tools and system", [SYSTEM, USER], [FIND]),
    case("no tools, as an empty list", [SYSTEM, USER], []),
    case("tool call and result", [SYSTEM, USER, ASKED, FOUND], [FIND, CLOCK]),
    case("tool call, result, answer", [USER, ASKED, FOUND, ASSISTANT, turn("user", "And the other?")], [FIND]),
    case("two tool calls", [USER, turn("assistant", "Let me look.", tool_calls=[call("find_order", {"order": "A-1"}, "aaaaaaaaa"), call("clock", {}, "bbbbbbbbb")]),
                            result("one", "aaaaaaaaa"), result("two\nlines", "bbbbbbbbb", "clock")], [FIND, CLOCK]),
    case("tool call without content", [USER, turn("assistant", None, tool_calls=[call("find_order", {"order": "A-1"})]), FOUND], [FIND]),
    case("arguments as a string", [USER, turn("assistant", None, tool_calls=[call("find_order", "{\"order\": \"A-1\"}")]), FOUND], [FIND]),
    case("thinking in the history", [SYSTEM, USER, THOUGHT, turn("user", "Thanks.")]),
    case("thinking in the last turn", [USER, THOUGHT], add_generation_prompt=False),
    case("second system turn", [SYSTEM, USER, ASSISTANT, turn("system", "Answer in German."), turn("user", "And now?")]),
    case("two user turns", [USER, turn("user", "Hello?")]),
    case("assistant first", [ASSISTANT, USER]),
    case("unknown role", [USER, turn("critic", "Weak.")]),
]

PARTS = [SYSTEM, USER, ASSISTANT, turn("user", "And <b>now</b>?"), FOUND, turn("assistant", "Soon.")]
VALUES = {"int": 1, "negative": -7, "big": 12345678901234567890, "float": 1.0, "tenth": 0.1, "third": 0.30000000000000004, "round": 100000.0, "true": True, "false": False,
          "none": None, "string": "it's \"x\"", "list": [1, "a", None, True, 2.0], "map": {"k": "v", "n": {"x": [1.5]}}, "empty": "", "nothing": [], "unicode": "é\u2028包\u0001"}

EXTRA = {
    "qwen3": [
        case("thinking off", [USER], enable_thinking=False),
        case("thinking on", [USER], enable_thinking=True),
        case("thinking off, with tools", [SYSTEM, USER, ASKED, FOUND], [FIND], enable_thinking=False),
        case("reasoning apart", [USER, turn("assistant", "It is late.", reasoning_content="Look\nat the date."), USER]),
        case("reasoning before a call", [USER, turn("assistant", "", reasoning_content="Look it up.", tool_calls=[call("clock", {})]), result("12:00")], [CLOCK]),
        case("tool response as a user turn", [USER, ASSISTANT, turn("user", "<tool_response>\n1\n</tool_response>")]),
    ],
    "mistral-nemo": [case("short tool call id", [USER, turn("assistant", "", tool_calls=[call("clock", {}, "1")])], [CLOCK])],
    "llama-3": [
        case("tools in the system turn", [SYSTEM, USER], [FIND], tools_in_user_message=False),
        case("date given", [USER], date_string="26 Jul 2024"),
        case("custom tools", [USER], custom_tools=[CLOCK]),
        case("tools and no turn", [SYSTEM], [FIND]),
        case("structured tool result", [USER, ASKED, result({"status": "geliefert", "items": ["é", "<b>"]})], [FIND]),
    ],
    "gemma-3": [
        case("content in parts", [turn("system", [{"type": "text", "text": "Be brief."}]), turn("user", [{"type": "image"}, {"type": "text", "text": "  What is this? \n"}])]),
        case("content of another kind", [turn("user", 5)]),
    ],
    "constructs": [
        case("tojson", [turn("user", AWKWARD, z=1, a=ARGUMENTS)], part="tojson"),
        case("values", [turn("user", "x", held=VALUES)], part="values"),
        case("slices", [turn("user", "hello wörld"), *PARTS], part="slices"),
        case("loops", PARTS, part="loops"),
        case("strings", [turn("user", "  hello wOrld \nsecond line\n")], part="strings"),
        case("tests", [turn("user", "x", list=["s", "", {}, {"a": 1}, [], [1], 0, 1, -1, 1.0, 0.5, True, False], none=None)], part="tests"),
        case("filters", PARTS, part="filters"),
        case("dates", [USER], part="dates"),
        case("generation", [USER, ASSISTANT], part="generation"),
        case("whitespace", [USER], part="whitespace"),
        case("scopes", [USER], part="scopes"),
        case("raise", [SYSTEM], part="raise"),
        case("python only: floats", [turn("user", "x", list=[1e-07, 1e-05, 0.0001, 1e15, 1e16, 123456789012345680.0, 1.5e300, -0.0])], part="more floats"),
        case("python only: sequences", [turn("user", "x", none=None)], part="more sequences"),
        case("python only: strings", [turn("user", "  hello wOrld\u000b\u001f")], part="more strings"),
        case("python only: filters", [turn("user", "hello wOrld")], part="more filters"),
    ],
}
