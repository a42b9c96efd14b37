/**
 * The policy of the page forbids `eval`, and a try at it is reported already. The parser must know before the first schema is made:
 * this module is imported before any other that makes one.
 */
import * as z from 'zod';

z.config({ jitless: true });
