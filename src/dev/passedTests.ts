/** A reporter for Node's test runner: the name of each test that ran and passed, as JSON, a line each. */
import type { TestEvent } from 'node:test/reporters';

export default async function* passedTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' || data.details.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) continue;
    yield `${JSON.stringify(data.name)}\n`;
  }
}
