/** Where a project's file says otherwise of a service than the service is set to. Pure. */
import { changedSettings, settingsThatDiffer, settingText } from '../contract/settings.ts';
import type { Service, Settings, SettingsChange } from '../contract/shapes.ts';

/** @returns null where the file doesn't say otherwise */
export function differingSettings(
  service: Service,
  file: SettingsChange | undefined,
): { names: (keyof Settings)[]; after: Settings; said: string } | null {
  if (file === undefined) return null;
  const names = settingsThatDiffer(service.settings, file);
  if (names.length === 0) return null;
  const after = changedSettings(service.settings, file);
  const words = names.map(
    (name) => `${name} ${settingText(service.settings[name])} (file: ${settingText(after[name])})`,
  );
  return {
    names,
    after,
    said: `${service.name} is set otherwise than trainyard.json says: ${words.join(', ')}. The service's settings count`,
  };
}
