import { Button, Group, Paper, Stack } from "@mantine/core";
import { IconListSearch, IconSparkles } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { Failure } from "@/components/feedback/Failure";
import { PresetPicker } from "@/components/schemaForm/PresetPicker";
import { PRESET, presetIn, presetsOf, underPreset } from "@/components/schemaForm/presets";
import { departures, propertiesOf, wrongNames, type Values } from "@/components/schemaForm/schema";
import { SchemaForm } from "@/components/schemaForm/SchemaForm";

import { GenerationFields, type Asked } from "./GenerationFields";
import { offeredSources, SourceChoice, sourcesIn, type From } from "./SourceChoice";
import { useProposeWords, useStartGeneration } from "./useRepair";
import { WordPreview } from "./WordPreview";

interface GenerationFormProps {
  datasetId: string;
  schema: unknown;
}

/** Names what to generate and from which images; the words can be looked at first. */
export function GenerationForm({ datasetId, schema }: GenerationFormProps) {
  const { t } = useTranslation("repair");
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const offered = offeredSources(search, useLocation().state);
  const start = useStartGeneration();
  const propose = useProposeWords();
  const [from, setFrom] = useState<From>(
    offered.finding ? "finding" : offered.images.length ? "selection" : "all",
  );
  const [asked, setAsked] = useState<Asked>({ keyword: "", prompt: "", count: 30, seed: 0 });
  const [values, setValues] = useState<Values>({});
  // One key per form as filled in: sending it twice by accident starts one run.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const everything = propertiesOf(schema);
  const presets = presetsOf(schema);
  const preset = presetIn({ [PRESET]: everything[PRESET]?.default, ...values });
  const properties = underPreset(everything, presets[preset]);
  const edit = (change: () => void) => {
    change();
    setKey(crypto.randomUUID());
    start.reset();
  };
  const { keyword, seed } = asked;
  const options = departures(properties, values);
  const wanted = { dataset: datasetId, keyword, seed, options, ...sourcesIn(offered, from) };
  const submit = () =>
    start.mutate(
      { key, body: { ...wanted, ...asked } },
      { onSuccess: (run) => void navigate(`/datasets/${datasetId}/repair/${run.id}`) },
    );
  const incomplete = !keyword.trim() || wrongNames(properties, values).length > 0;
  const failure = start.error ?? propose.error;
  return (
    <Stack>
      <Paper withBorder p="lg" radius="md">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
          noValidate
        >
          <Stack>
            <SourceChoice offered={offered} value={from} onChange={(next) => edit(() => setFrom(next))} />
            <GenerationFields asked={asked} onChange={(next) => edit(() => setAsked(next))} />
            {preset && (
              <PresetPicker
                names={Object.keys(presets)}
                value={preset}
                onChange={(next) => edit(() => setValues({ [PRESET]: next }))}
              />
            )}
            <SchemaForm
              key={preset}
              properties={properties}
              values={values}
              onChange={(next) => edit(() => setValues(next))}
            />
            {failure && <Failure error={failure} />}
            <Group justify="flex-end">
              <Button
                variant="default"
                leftSection={<IconListSearch size={16} />}
                loading={propose.isPending}
                disabled={incomplete}
                onClick={() => propose.mutate(wanted)}
              >
                {t("showWords")}
              </Button>
              <Button
                type="submit"
                leftSection={<IconSparkles size={16} />}
                loading={start.isPending}
                disabled={incomplete}
              >
                {t("start")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
      {propose.data && (
        <WordPreview
          key={propose.data.id}
          jobId={propose.data.id}
          onUse={(prompt) => edit(() => setAsked({ ...asked, prompt }))}
        />
      )}
    </Stack>
  );
}
