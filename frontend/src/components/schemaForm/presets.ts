import type { Properties, Values } from "./schema";

/** By preset, the settings that it changes. */
export type Presets = Readonly<Record<string, Values>>;

export const PRESET = "preset";

/** The presets of a detector that has any. */
export const presetsOf = (schema: unknown): Presets =>
  (schema as { "x-presets"?: Presets } | undefined)?.["x-presets"] ?? {};

/** The preset among hyperparameters; empty for a detector without presets. */
export function presetIn(hyperparameters: unknown): string {
  const preset = (hyperparameters as Values | null)?.[PRESET];
  return typeof preset === "string" ? preset : "";
}

/** The properties with a preset's values as their defaults; the preset itself is no field of the form. */
export function underPreset(properties: Properties, preset: Values | undefined): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => name !== PRESET)
      .map(([name, property]) => [
        name,
        preset && name in preset ? { ...property, default: preset[name] } : property,
      ]),
  );
}
