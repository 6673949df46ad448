/** The part of JSON schema that detectors describe their hyperparameters with. */
export interface Property {
  type: "string" | "integer" | "number" | "boolean" | "array";
  title?: string;
  description?: string;
  default?: unknown;
  group?: "basic" | "advanced";
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  items?: { type: string; enum?: readonly string[] };
}

export type Properties = Readonly<Record<string, Property>>;
export type Values = Readonly<Record<string, unknown>>;

/** What is wrong with a value: a key of the strings and what to fill in; null when it is right. */
export interface Complaint {
  key: "number" | "integer" | "minimum" | "maximum" | "multipleOf" | "enum";
  limit?: number | string;
}

export const propertiesOf = (schema: unknown): Properties =>
  (schema as { properties?: Properties } | undefined)?.properties ?? {};

/** Checks one value against its property, by the same rules as the server. */
export function complaintAbout(property: Property, value: unknown): Complaint | null {
  if (property.type === "integer" || property.type === "number") return numberComplaint(property, value);
  if (property.enum && !property.enum.includes(value as string)) {
    return { key: "enum", limit: property.enum.join(", ") };
  }
  return null;
}

function numberComplaint(property: Property, value: unknown): Complaint | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return { key: "number" };
  if (property.type === "integer" && !Number.isInteger(value)) return { key: "integer" };
  const { minimum, maximum, multipleOf } = property;
  if (minimum !== undefined && value < minimum) return { key: "minimum", limit: minimum };
  if (maximum !== undefined && value > maximum) return { key: "maximum", limit: maximum };
  if (multipleOf !== undefined && value % multipleOf !== 0) return { key: "multipleOf", limit: multipleOf };
  return null;
}

/** Names of the properties whose present value is wrong. */
export const wrongNames = (properties: Properties, values: Values): string[] =>
  Object.entries(properties)
    .filter(([name, property]) => complaintAbout(property, valueOf(property, values[name])) !== null)
    .map(([name]) => name);

/** A value, or the default where nothing was given. */
export const valueOf = (property: Property, given: unknown): unknown =>
  given === undefined ? property.default : given;

/** Only what differs from the defaults, so that a later default still applies. */
export function departures(properties: Properties, values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(properties[name]?.default),
    ),
  );
}
