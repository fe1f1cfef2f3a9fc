"""Writes TOML, as far as rosterd's configuration goes: strings, numbers, booleans, lists, inline tables, [[arrays]]."""
import json


def value(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, int):
        return str(v)
    if isinstance(v, (list, tuple)):
        return "[" + ", ".join(value(x) for x in v) + "]"
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {value(x)}" for k, x in v.items()) + " }"
    return json.dumps(str(v), ensure_ascii=False)  # JSON's escapes are TOML's


def write(config):
    """{section: {key: value}} or {section: [{key: value}, …]} for an array of tables."""
    parts = []
    for section, content in config.items():
        tables = content if isinstance(content, list) else [content]
        head = f"[[{section}]]" if isinstance(content, list) else f"[{section}]"
        for table in tables:
            comment = table.get("#")
            parts.append((f"# {comment}\n" if comment else "") + head + "\n" +
                         "".join(f"{k} = {value(v)}\n" for k, v in table.items() if k != "#"))
    return "\n".join(parts)
