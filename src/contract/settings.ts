/** What a change of a service's settings makes of them. Pure. */
import { Settings, type SettingsChange } from './shapes.ts';

/** The settings after a change; those that it doesn't name stay, and a limit of null is none. */
export function changedSettings(settings: Settings, change: SettingsChange): Settings {
  const { memory, ...rest } = { ...settings, ...change };
  return Settings.parse(memory === null ? rest : { ...rest, memory });
}

/** What a change would change, by name. */
export function settingsThatDiffer(settings: Settings, change: SettingsChange): (keyof Settings)[] {
  const after = changedSettings(settings, change);
  const names = [...new Set([...Object.keys(settings), ...Object.keys(after)])] as (keyof Settings)[];
  return names.filter((name) => JSON.stringify(settings[name]) !== JSON.stringify(after[name]));
}

/** A setting's value for people: "8GB", "2", "none". */
export const settingText = (value: Settings[keyof Settings]): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
