import { Collapse, SimpleGrid, Stack, UnstyledButton, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { PropertyField } from "./PropertyField";
import { valueOf, type Properties, type Values } from "./schema";

interface SchemaFormProps {
  properties: Properties;
  values: Values;
  onChange: (values: Values) => void;
  /** The server's complaint, by property name. */
  refused?: Readonly<Record<string, string>>;
}

/** A form made from a detector's schema: the basic settings, and the advanced ones behind a fold. */
export function SchemaForm({ properties, values, onChange, refused = {} }: SchemaFormProps) {
  const { t } = useTranslation();
  const names = Object.keys(properties);
  const basic = names.filter((name) => properties[name]?.group !== "advanced");
  const advanced = names.filter((name) => properties[name]?.group === "advanced");
  const [opened, fold] = useDisclosure(advanced.some((name) => refused[name]));
  const fields = (group: string[]) => (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      {group.map((name) => {
        const property = properties[name]!;
        return (
          <PropertyField
            key={name}
            name={name}
            property={property}
            value={valueOf(property, values[name])}
            refused={refused[name]}
            onChange={(value) => onChange({ ...values, [name]: value })}
          />
        );
      })}
    </SimpleGrid>
  );
  return (
    <Stack gap="md">
      {fields(basic)}
      {advanced.length > 0 && (
        <>
          <UnstyledButton onClick={fold.toggle} aria-expanded={opened}>
            <Group gap={6}>
              {opened ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
              <Text size="sm" fw={600}>
                {t("schemaForm.advanced", { count: advanced.length })}
              </Text>
            </Group>
          </UnstyledButton>
          <Collapse expanded={opened}>{fields(advanced)}</Collapse>
        </>
      )}
    </Stack>
  );
}
