/** The flat YAML that training libraries write: a key and a plain or quoted value on each line. What lies deeper is left out. */
export function flatYaml(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, key, value] = /^([\w.]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || value === undefined || value === 'null' || value === '~' || value === '')
      continue;
    values[key] = unquoted(value);
  }
  return values;
}

function unquoted(value: string): string {
  if (/^'.*'$/s.test(value)) return value.slice(1, -1).replaceAll("''", "'");
  if (!/^".*"$/s.test(value)) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}
