/** The oldest that is promised. Its warm-up and its stop differ from the newest. */
import { ultralytics } from './ultralytics/stories.ts';

ultralytics({ version: '8.2.0', digits: 5, newest: false });
