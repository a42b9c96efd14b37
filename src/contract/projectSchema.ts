/** The JSON schema of `trainyard.json`, derived from the one it is parsed with. */
import * as z from 'zod';
import { ProjectFile } from './project.ts';

export function projectSchema(): object {
  return {
    ...z.toJSONSchema(ProjectFile, { io: 'input', target: 'draft-7' }),
    title: 'Trainyard project',
    allowComments: true,
    allowTrailingCommas: true,
  };
}
