/** A row of the table of calls. */
import type * as z from 'zod';
import type { Caller } from './runs.ts';

export const API = '/api/2.0/mlflow';

export interface Call<S extends z.ZodType = z.ZodType> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  schema: S;
  answer: (asked: z.output<S>, caller: Caller) => object | Promise<object>;
}

/** A row of the table. That each is called with what its own schema parsed is seen to where they are mounted. */
export function call<S extends z.ZodType>(
  method: Call['method'],
  path: string,
  schema: S,
  answer: Call<S>['answer'],
): Call {
  return { method, path: API + path, schema, answer: answer as Call['answer'] };
}
