/** A reporter for Node's test runner: a line of JSON for each test that ran and passed, `{file, name}`. */
import path from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export default async function* passedTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' || data.details.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined || data.file === undefined) continue;
    yield `${JSON.stringify({ file: path.basename(data.file), name: data.name })}\n`;
  }
}
