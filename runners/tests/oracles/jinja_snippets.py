"""Writes ../fixtures/jinja_snippets.json: small templates as Python's Jinja renders them for chat templates.

The environment is the one of transformers' apply_chat_template. Needs: pip install jinja2
"""

import datetime
import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(jinja2.ext.Extension):
    """The tag that marks what a training run learns; it renders its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("body"), [], [], body).set_lineno(line)

    def body(self, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


env = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
)
env.filters["tojson"] = tojson
env.globals["raise_exception"] = raise_exception
env.globals["strftime_now"] = lambda f: datetime.datetime(2026, 11, 3).strftime(f)

TOOL = {
    "type": "function",
    "function": {
        "name": "lookup_order",
        "description": "Finds an order <by id> & 'mail' – é",
        "parameters": {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {"type": "string"}},
                "limit": {"type": "number", "default": 1.0, "minimum": 0.00001},
                "urgent": {"type": ["boolean", "null"], "default": None, "enum": [True, False, None]},
            },
            "required": ["items"],
        },
    },
}
MESSAGES = [
    {"role": "system", "content": "  Be brief. \n"},
    {"role": "user", "content": "Hi\nthere"},
    {"role": "assistant", "content": "<think>\nx\n</think>\n\nHello"},
    {"role": "user", "content": "Straße 12, \"now\"\t{{ x }}"},
]

SNIPPETS = r"""
{{ tools[0] | tojson }}
{{ tools[0] | tojson(indent=4) }}
{{ tools | tojson(indent=2) }}
{{ tools[0] }}
{{ tools[0].function.parameters.properties.items() | list }}
{% for k, v in tools[0].function.parameters.properties.items() %}{{ k }}={{ v.type }};{% endfor %}
{{ tools[0].function.parameters.properties.keys() | list }}
{{ tools[0].function.parameters.properties['items']['items'] }}
{{ tools[0]['function'].get('nothing', 'x') }}|{{ tools[0]['function'].get('nothing') }}
{% for p in tools[0].function.parameters.properties %}{{ p }}{% if not loop.last %}, {% endif %}{% endfor %}
{{ tools[0].function.parameters.properties | length }}
{{ tools[0].function.parameters.properties | items | list | length }}
{{ tools[0].function.parameters.properties | dictsort | first | first }}
{{ 'urgent' in tools[0].function.parameters.properties }}
{{ [1, 2.5, 'a', none, true, {'k': 'v'}] }}
{{ ('a', 'b') }}
{{ none }}|{{ true }}|{{ false }}|{{ None }}|{{ True }}|{{ 1.0 }}|{{ 1e20 }}|{{ 0.1 + 0.2 }}
{{ 7 // 2 }}|{{ 7 / 2 }}|{{ 8 / 2 }}|{{ 7 % 3 }}|{{ 2 ** 3 }}|{{ -7 // 2 }}|{{ -7 % 3 }}
{{ messages[0].content.strip() }}|{{ messages[0]['content'] | trim }}|{{ messages[0].content.rstrip() }}|{{ messages[0].content.lstrip() }}
{{ messages[0].nothing }}|{{ messages[0].nothing is defined }}|{{ nothing is defined }}|{{ nothing }}
{{ messages[0].nothing.deeper }}
{{ nothing.deeper is defined }}
{{ 'a' + nothing }}
{{ 'a' ~ nothing ~ 1 ~ none }}
{{ nothing | tojson }}
{{ nothing | length }}|{{ nothing | count }}|{{ none is iterable }}
{{ tools[0] | tojson(ensure_ascii=true, separators=(',', ':'), sort_keys=true) }}|{{ 'é' | tojson(true, none) }}
{{ [1] | tojson(indents=2) }}
{{ nothing or 'x' }}|{{ nothing | default('y') }}|{{ '' | default('z', true) }}|{{ none | default('n') }}
{% for x in nothing %}{{ x }}{% else %}empty{% endfor %}
{{ messages[1:] | length }}|{{ messages[::-1][0].role }}|{{ messages[-1].role }}|{{ messages[:-1] | length }}|{{ 'hello'[1:3] }}|{{ 'hello'[::-1] }}
{{ messages[2].content.split('</think>')[-1].lstrip('\n') }}
{{ messages[2].content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') }}
{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'x'.split('y') }}
{{ 'a b'.title() }}|{{ 'aB'.upper() }}|{{ 'aB'.lower() }}|{{ 'ab'.capitalize() }}|{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x', 'bc')) }}|{{ 'aXbX'.replace('X', '-') }}|{{ 'abc'.find('c') }}
{{ 'xxabxx'.strip('x') }}|{{ '-'.join(['a', 'b']) }}|{{ ['a', 'b'] | join(', ') }}|{{ messages | map(attribute='role') | join(' ') }}
{{ '<|' ~ messages[1]['role'] ~ '|>' + '\n' + messages[1].content }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }}|{{ messages | rejectattr('role', 'equalto', 'user') | map(attribute='role') | list }}
{{ messages | selectattr('role', '==', 'system') | first | attr('content') }}
{{ messages | selectattr('tool_calls', 'defined') | list | length }}
{% set ns = namespace(found=false, n=0) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.found = true %}{% set ns.n = ns.n + 1 %}{% endif %}{% endfor %}{{ ns.found }} {{ ns.n }}
{% set x = 1 %}{% for m in messages %}{% set x = x + 1 %}{% endfor %}{{ x }}
{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}
{% for m in messages %}{% if loop.index0 == 1 %}{% continue %}{% endif %}{% if loop.index == 4 %}{% break %}{% endif %}{{ m.role }}{{ loop.first }}{{ loop.length }};{% endfor %}
{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined else '-' }}>{{ loop.nextitem.role if not loop.last }};{% endfor %}
{% for m in messages if m.role != 'system' %}{{ loop.index }}{{ m.role }} {% endfor %}
{% for m in messages %}{{ loop.cycle('a', 'b') }}{{ loop.revindex }}{% endfor %}
{% macro f(x, y='d') %}[{{ x }}{{ y }}]{% endmacro %}{{ f(1) }}{{ f(1, y=2) }}{{ f(1, none) }}
{%- macro t(spec) -%}{%- if spec.type == 'array' -%}{{ t(spec['items']) + '[]' }}{%- else -%}{{ spec.type }}{%- endif -%}{%- endmacro -%}{{ t(tools[0].function.parameters.properties['items']) }}
{% filter upper %}abc{% endfilter %}|{% set block %}a{{ 1 }}b{% endset %}{{ block | length }}
{% generation %}{{ messages[2].role }}{% endgeneration %}!
{%- generation -%} x {%- endgeneration -%} !
{% set x = 1 %}{% generation %}{% set x = 2 %}{{ x }}{% endgeneration %}{{ x }}
{% for m in messages %}{% generation %}{{ loop.index }}{{ m.role }}{% endgeneration %}{% endfor %}
{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%Y-%m-%d') }}|{{ strftime_now('%B %-d, %Y %A %H:%M') }}
{% if strftime_now is defined %}{{ strftime_now("%d %b %Y") }}{% else %}26 Jul 2024{% endif %}
{{ raise_exception('Only user and assistant roles are supported!') }}
{{ bos_token }}|{{ eos_token }}|{{ unk_token }}|{{ add_generation_prompt }}|{{ tools is none }}|{{ documents is none }}|{{ documents }}
{{ 'a' is string }}|{{ 'a' is iterable }}|{{ 'a' is sequence }}|{{ {} is sequence }}|{{ {} is mapping }}|{{ {} is iterable }}|{{ [] is mapping }}|{{ [] is sequence }}|{{ 1 is number }}|{{ 1 is integer }}|{{ 1.5 is float }}|{{ true is boolean }}|{{ true is true }}|{{ none is none }}|{{ true is number }}|{{ 1 is iterable }}|{{ nothing is iterable }}|{{ nothing is none }}
{{ 1 is odd }}|{{ 4 is divisibleby 2 }}|{{ 'a' is in ['a'] }}|{{ 'a' is eq 'a' }}|{{ 'A' is upper }}|{{ strftime_now is callable }}|{{ 'tojson' is filter }}
{{ 'x' in 'xyz' }}|{{ 1 in [1] }}|{{ 'x' not in {'x': 1} }}|{{ 'q' in nothing }}
{{ 'yes' if messages else 'no' }}|{{ 'x' if false }}|{{ not tools }}|{{ [] or 'e' }}|{{ 1 and 2 }}|{{ 0 or '' }}
{{ {'a': 1, 'b': [1, 'x']} | tojson }}|{{ 'é\u2028<' | tojson }}|{{ 1.0 | tojson }}|{{ none | tojson }}|{{ true | tojson }}|{{ 'it''s' | tojson }}
{{ "a\tb\\n\x41\u00e9\'\"\q\/" }}
{{ [3, 1, 2] | sort | list }}|{{ [1, 2] | last }}|{{ [1, 1] | unique | list }}|{{ range(3) | list }}|{{ range(5, 1, -2) | list }}|{{ [1, 2, 3] | sum }}|{{ [1, 2] | reverse | list }}|{{ 'abc' | list }}|{{ [1, 5] | max }}
{{ 'x' * 3 }}|{{ [0] * 2 }}|{{ [1] + [2] }}|{{ 'a' < 'b' }}|{{ 1 == 1.0 }}|{{ '1' == 1 }}|{{ 1 < 2 < 3 }}
{{ 'abc' | upper }}|{{ 'a b' | title }}|{{ 'abc' | replace('b', 'x') }}|{{ ' x ' | trim }}|{{ 'a\nb' | indent(2) }}|{{ 'a\nb' | indent(2, true) }}|{{ '5' | int + 1 }}|{{ 3.7 | int }}|{{ 3 | string + 'x' }}|{{ 3.14159 | round(2) }}|{{ '%s-%d' | format('a', 2) }}|{{ '%s' % 'b' }}
{{ messages[1].content | capitalize }}|{{ '<b>' | escape }}|{{ '<b>' | e }}|{{ '<b>' | safe }}
{{ dict(a=1, b='x') }}|{{ dict(a=1).a }}|{{ {'a': 1}.update({'b': 2}) }}
{% set l = [] %}{{ l.append(1) }}
{% set l = [1] %}{% set l = l + [2] %}{{ l }}
{{ tools | map(attribute='function') | map(attribute='name') | list }}|{{ tools | map(attribute='function.name') | join }}
{{ [{'a': 1}, {'a': 2}] | groupby('a') | length }}|{{ [[1, 2], [3]] | map('length') | list }}|{{ ['a', 'B'] | map('upper') | join }}|{{ ['', 'a'] | select | list }}|{{ [1, 2, 3] | batch(2) | list }}
{# a comment #}
{{- ' x ' -}}  y
{%- if true %} a {%- endif %} b {%+ if true %} c{% endif %}
{% raw %}{{ x }}{% endraw %}|{{ '{{' }}
{% call(x) g() %}{{ x }}{% endcall %}
{% macro g() %}<{{ caller(1) }}>{% endmacro %}{% call(x) g() %}v{{ x }}{% endcall %}
{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}
{{ messages[0]['role'] is in ['system', 'developer'] }}|{{ messages[9] is defined }}|{{ messages[9].role is defined }}
{{ (messages | last).role }}|{{ (messages[0].content | length) > 3 }}|{{ messages[0].content | length }}
{{ 'abc'.index('c') }}|{{ 'a-b'.partition('-') }}|{{ 'abc'.removeprefix('a') }}|{{ 'a'.zfill(3) }}
{{ 'a\nb\n'.splitlines() }}|{{ 'abcabc'.count('b') }}|{{ 'a{}b'.format(1) }}|{{ '12'.isdigit() }}|{{ 'ab'.isalpha() }}
{{ '\u3000 x\u00a0'.strip() }}|{{ 'ẞ'.lower() }}|{{ 'ß'.upper() }}
{{ messages[0].items() | list }}|{{ messages[0].values() | list }}|{{ messages[0] | list }}
{{ messages[0] | tojson }}|{{ messages[3].content | tojson }}
{{ 12345678901234567890 }}|{{ 1_000 }}|{{ 0x1f }}|{{ -1 | abs }}|{{ 1.5e3 }}
{{ lipsum is defined }}|{{ cycler is defined }}|{{ joiner is defined }}|{{ range is defined }}
{{ tools[0].function.parameters.required | join(',') }}|{{ tools[0].function.parameters.properties.urgent.type | join('|') }}|{{ tools[0].function.parameters.properties.urgent.enum }}
{{ tools[0].function.parameters.properties.limit.default }}|{{ tools[0].function.parameters.properties.limit.minimum }}|{{ tools[0].function.parameters.properties.urgent.default }}
{{ messages[0].content.split('\n') | map('trim') | select | list }}
{% if messages[0].role == 'system' and messages | length > 1 %}ok{% elif false %}{% else %}no{% endif %}
{{ loop is defined }}|{{ self is defined }}
{{ 'a' 'b' }}
{{ messages[1].content.split('\n', maxsplit=1) }}
{{ '{:>5}|{:.2f}'.format('a', 1.5) }}
{% do messages %}
{{ {'b': 1, 'a': 2} | dictsort }}|{{ {'b': 1} | items | list }}|{{ {1: 'x'} }}
{{ 'é' | urlencode }}|{{ [1,2,3] | random is defined }}|{{ '1,2' | wordcount }}|{{ {'a': 'b'} | xmlattr }}|{{ 'aaa bbb' | truncate(5) }}|{{ 'a' | center(5) }}|{{ 'a b c' | wordwrap(3) }}|{{ '<i>x</i>' | striptags }}|{{ [1,2] | slice(2) | list }}|{{ {'a': 1} | pprint }}|{{ 2048 | filesizeformat }}
"""


def lines():
    """One template a line; those of several lines are in MULTILINE."""
    return SNIPPETS.strip("\n").split("\n")


MULTILINE = [
    "    {% if true %}  \n  indented\n    {% endif %}\ntail\n",
    "a\n{%- for x in [1, 2] %}\n\n{{ x }}\n{%- endfor %}\n\nz\n\n",
    "a\r\n{% if true %}\r\nb\r\n{% endif %}\r\n'{{ 'x\r\ny' }}'\r\n",
    "  {# note #}\n  {{ 1 }}\n  {%- set x = 2 %}\n  {{ x }}\n{% generation %}\n  body\n  {% endgeneration %}\nend",
    "{%- if true -%}\n  a\n{%- endif -%}\n\n b",
    "\t{% for x in [1, 2] %}\n\t{{ x }}\n\t{% endfor %}\n",
    "x {%+ if true %}\n y\n {% endif +%}\n z",
]


def main():
    context = {
        "messages": MESSAGES,
        "tools": [TOOL],
        "documents": None,
        "add_generation_prompt": True,
        "bos_token": "<s>",
        "eos_token": "</s>",
    }
    cases = []
    for source in lines() + MULTILINE:
        try:
            cases.append({"name": source, "rendered": env.from_string(source).render(context)})
        except Exception as error:
            cases.append({"name": source, "error": f"{type(error).__name__}: {error}"})
    path = pathlib.Path(__file__).parent.parent / "fixtures" / "jinja_snippets.json"
    path.write_text(
        json.dumps({"messages": MESSAGES, "tools": [TOOL], "cases": cases}, ensure_ascii=False, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
