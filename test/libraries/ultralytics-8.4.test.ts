/** The newest. */
import { ultralytics } from './ultralytics/stories.ts';

ultralytics({ version: '8.4.190', digits: 6, newest: true });
