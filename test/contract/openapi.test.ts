import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validate } from '@hyperjump/json-schema/openapi-3-1';
import { openApi } from '../../src/contract/openapi.ts';
import { API, routes } from '../../src/contract/routes.ts';

describe('The OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const output = await validate('https://spec.openapis.org/oas/3.1/schema-base', openApi('1.2.3'), 'BASIC');
    assert.deepEqual(output, { valid: true });
  });

  it('has every route of the table, and no other', () => {
    const { paths } = openApi('1.2.3') as { paths: Record<string, Record<string, unknown>> };
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`),
    );
    const wanted = Object.values(routes).map((route) => `${route.method} ${API}${route.path}`);
    assert.deepEqual(listed.toSorted(), wanted.toSorted());
  });
});
