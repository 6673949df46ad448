import { Alert, Button, Group, NumberInput, Paper, Stack, Text } from "@mantine/core";
import { IconInfoCircle, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { Failure } from "@/components/feedback/Failure";
import { PresetPicker } from "@/components/schemaForm/PresetPicker";
import { PRESET, presetIn, presetsOf, underPreset } from "@/components/schemaForm/presets";
import {
  departures,
  propertiesOf,
  wrongNames,
  type Properties,
  type Values,
} from "@/components/schemaForm/schema";
import { SchemaForm } from "@/components/schemaForm/SchemaForm";
import { ApiError } from "@/lib/api/problem";
import { useDataset } from "@/lib/data/datasets";
import type { Detector } from "@/lib/data/types";

import { DetectorSelect } from "./DetectorSelect";
import { LastDuration } from "./LastDuration";
import { MadeUpPreview } from "./MadeUpPreview";
import { useStartRun } from "./useRuns";

interface RunFormProps {
  datasetId: string;
  detectors: Detector[];
}

/** Chooses a detector and its settings; the form of the settings comes from the detector itself. */
export function RunForm({ datasetId, detectors }: RunFormProps) {
  const { t } = useTranslation("training");
  const navigate = useNavigate();
  const start = useStartRun();
  const [name, setName] = useState(detectors[0]?.name ?? "");
  const [values, setValues] = useState<Values>({});
  const [seed, setSeed] = useState(0);
  // One key per form as filled in: sending it twice by accident starts one run.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const detector = detectors.find((candidate) => candidate.name === name);
  const presets = presetsOf(detector?.schema);
  const everything = settingsOf(detector);
  const preset = presetIn({ [PRESET]: everything[PRESET]?.default, ...values });
  const properties = underPreset(everything, presets[preset]);
  const edit = (change: () => void) => {
    change();
    setKey(crypto.randomUUID());
    start.reset();
  };
  const submit = () =>
    start.mutate(
      {
        key,
        body: { dataset: datasetId, detector: name, hyperparameters: departures(properties, values), seed },
      },
      { onSuccess: (run) => void navigate(`/datasets/${datasetId}/train/${run.id}`) },
    );
  return (
    <Paper withBorder p="lg" radius="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        noValidate
      >
        <Stack>
          <PoolNote datasetId={datasetId} />
          <Group grow align="flex-start">
            <DetectorSelect
              detectors={detectors}
              value={name}
              onChange={(next) =>
                edit(() => {
                  setName(next);
                  setValues({});
                })
              }
            />
            <NumberInput
              label={t("seed")}
              description={t("seedHint")}
              inputWrapperOrder={["label", "input", "description"]}
              value={seed}
              min={0}
              allowDecimal={false}
              onChange={(value) => edit(() => setSeed(Number(value) || 0))}
            />
          </Group>
          {preset && (
            <PresetPicker
              names={Object.keys(presets)}
              value={preset}
              onChange={(next) => edit(() => setValues({ [PRESET]: next }))}
            />
          )}
          <LastDuration datasetId={datasetId} detector={name} preset={preset} />
          <SchemaForm
            key={`${name} ${preset}`}
            properties={properties}
            values={values}
            onChange={(next) => edit(() => setValues(next))}
            refused={refusedField(start.error)}
          />
          {properties["synthesis"] && (
            <MadeUpPreview
              key={name}
              datasetId={datasetId}
              detector={name}
              hyperparameters={departures(properties, values)}
              seed={seed}
              disabled={wrongNames(properties, values).length > 0}
            />
          )}
          {start.error && <Failure error={start.error} />}
          <Group justify="flex-end">
            <Button
              type="submit"
              leftSection={<IconPlayerPlay size={16} />}
              loading={start.isPending}
              disabled={wrongNames(properties, values).length > 0 || !detector}
            >
              {t("start")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

/** The detector's settings; the seed belongs to the run. */
function settingsOf(detector: Detector | undefined): Properties {
  return Object.fromEntries(
    Object.entries(propertiesOf(detector?.schema)).filter(([name]) => name !== "seed"),
  );
}

/** The field that the server complained about, by its own name. */
function refusedField(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError) || !error.problem.field) return {};
  return { [error.problem.field.replace(/^hyperparameters\./, "")]: error.message };
}

/** Says what the run will learn from, before it is started. */
function PoolNote({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("training");
  const { data: dataset } = useDataset(datasetId);
  if (!dataset) return null;
  const normals = dataset.counts.label["normal"] ?? 0;
  return (
    <Alert variant="light" color={normals === 0 ? "yellow" : "gray"} icon={<IconInfoCircle size={18} />}>
      <Text size="sm">{t(normals === 0 ? "noNormals" : "pool", { count: normals })}</Text>
    </Alert>
  );
}
