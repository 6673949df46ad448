import { Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { PRESET, presetIn, presetsOf, underPreset } from "@/components/schemaForm/presets";
import { type Properties, propertiesOf, type Values } from "@/components/schemaForm/schema";
import { detectorsQuery } from "@/lib/data/models";
import type { TrainingRunDetail } from "@/lib/data/types";

const NOTHING = "–";

interface Row {
  name: string;
  title: string;
  description?: string | undefined;
  value: string;
  /** What the preset says, where the run departs from it. */
  usual: string | null;
}

/** What a run was started with; settings that depart from their preset first. */
export function RunSettings({ run }: { run: TrainingRunDetail }) {
  const { t } = useTranslation("training");
  const detector = useQuery(detectorsQuery).data?.find((one) => one.name === run.detector);
  const chosen = run.hyperparameters as Values;
  const preset = presetIn(chosen);
  const usual = underPreset(propertiesOf(detector?.schema), presetsOf(detector?.schema)[preset]);
  const rows: Row[] = [
    { name: "detector", title: t("detector"), value: detector?.title ?? run.detector, usual: null },
    ...(preset ? [{ name: PRESET, title: t("preset"), value: preset, usual: null }] : []),
    { name: "seed", title: t("seed"), value: String(run.seed), usual: null },
    ...settingRows(usual, chosen),
  ];
  return (
    <Stack gap="xs" component="section">
      <Title order={2} size="h5">
        {t("settings")}
      </Title>
      <Table withRowBorders={false} verticalSpacing={3}>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.name}>
              <Table.Th w={260} fw={row.usual === null ? 400 : 600} c="dimmed" title={row.description}>
                {row.title}
              </Table.Th>
              <Table.Td>
                <Text size="sm" span ff="monospace">
                  {row.value}
                </Text>
                {row.usual !== null && (
                  <Text size="xs" span c="dimmed" ml="sm">
                    {t("usually", { value: row.usual })}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

function settingRows(usual: Properties, chosen: Values): Row[] {
  const known = Object.keys(usual);
  const rank = (name: string) => (known.includes(name) ? known.indexOf(name) : known.length);
  const rows = Object.keys(chosen)
    .filter((name) => name !== PRESET && (known.includes(name) || shown(chosen[name]) !== NOTHING))
    .sort((one, other) => rank(one) - rank(other))
    .map((name): Row => {
      const property = usual[name];
      const [value, expected] = [shown(chosen[name]), shown(property?.default)];
      return {
        name,
        title: property?.title ?? name,
        description: property?.description,
        value,
        usual: property && value !== expected ? expected : null,
      };
    });
  return [...rows.filter((row) => row.usual !== null), ...rows.filter((row) => row.usual === null)];
}

function shown(value: unknown): string {
  if (value === "" || value === undefined || value === null) return NOTHING;
  if (Array.isArray(value)) return value.length ? value.join(", ") : NOTHING;
  return typeof value === "string" ? value : JSON.stringify(value);
}
