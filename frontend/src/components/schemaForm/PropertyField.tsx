import { NumberInput, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { complaintAbout, type Property } from "./schema";

interface PropertyFieldProps {
  name: string;
  property: Property;
  value: unknown;
  refused: string | undefined;
  onChange: (value: unknown) => void;
}

/** The input that fits one property's type. */
export function PropertyField({ name, property, value, refused, onChange }: PropertyFieldProps) {
  const { t } = useTranslation();
  const complaint = complaintAbout(property, value);
  const error = refused ?? (complaint && t(`schemaForm.${complaint.key}`, { limit: complaint.limit }));
  const shared = {
    label: property.title ?? name,
    description: property.description ?? null,
    error,
    name,
  };
  if (property.type === "boolean") {
    return (
      <Switch
        {...shared}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (property.type === "array") {
    return (
      <TagsInput
        {...shared}
        data={[...(property.items?.enum ?? [])]}
        value={value as string[]}
        onChange={onChange}
      />
    );
  }
  if (property.enum) {
    return (
      <Select
        {...shared}
        data={[...property.enum]}
        value={value as string}
        onChange={onChange}
        allowDeselect={false}
      />
    );
  }
  if (property.type === "string") {
    return (
      <TextInput
        {...shared}
        value={value as string}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return <NumberField {...shared} property={property} value={value} onChange={onChange} />;
}

interface NumberFieldProps {
  label: string;
  description: string | null;
  error: string | null;
  name: string;
  property: Property;
  value: unknown;
  onChange: (value: unknown) => void;
}

function NumberField({ property, value, ...shared }: NumberFieldProps) {
  const integer = property.type === "integer";
  return (
    <NumberInput
      {...shared}
      value={value as number}
      allowDecimal={!integer}
      step={property.multipleOf ?? (integer ? 1 : 0.05)}
      // A value out of range is kept and explained, not silently moved.
      clampBehavior="none"
    />
  );
}
