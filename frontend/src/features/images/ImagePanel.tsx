import { CloseButton, Group, Select, Stack, Switch, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatAgo } from "@/components/format";
import type { Image, Label, Split } from "@/lib/data/types";

import { ImageHistory } from "./ImageHistory";
import classes from "./images.module.css";
import { useImageChange } from "./useImages";

const LABELS: readonly Label[] = ["unlabelled", "normal", "defective"];
const SPLITS: readonly Split[] = ["unassigned", "train", "validation", "test"];

interface ImagePanelProps {
  image: Image;
  mayWrite: boolean;
  onClose: () => void;
}

/** One image closer: picture, facts, label and split, and what happened to it. */
export function ImagePanel({ image, mayWrite, onClose }: ImagePanelProps) {
  const { t } = useTranslation("images");
  const change = useImageChange();
  const locked = !mayWrite || change.isPending;
  return (
    <aside className={classes["panel"]} aria-label={t("details")}>
      <Stack gap="md">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} size="h5" style={{ overflowWrap: "anywhere" }}>
            {image.filename}
          </Title>
          <CloseButton onClick={onClose} aria-label={t("closeDetails")} />
        </Group>
        <img className={classes["preview"]} src={image.content_url} alt={image.filename} />
        <Group grow>
          <Select
            label={t("filter.label")}
            size="xs"
            allowDeselect={false}
            disabled={locked}
            data={LABELS.map((value) => ({ value, label: t(`common:label.${value}`) }))}
            value={image.label}
            onChange={(value) => value && change.mutate({ image, changes: { label: value } })}
          />
          <Select
            label={t("filter.split")}
            size="xs"
            allowDeselect={false}
            disabled={locked}
            data={SPLITS.map((value) => ({ value, label: t(`common:split.${value}`) }))}
            value={image.split}
            onChange={(value) => value && change.mutate({ image, changes: { split: value } })}
          />
        </Group>
        <Switch
          label={t("quarantine.switch")}
          description={image.quarantine_reason || t("quarantine.hint")}
          checked={image.quarantined_at !== null}
          disabled={locked}
          onChange={(event) =>
            change.mutate({ image, changes: { quarantined: event.currentTarget.checked } })
          }
        />
        <Facts image={image} />
        <ImageHistory imageId={image.id} />
      </Stack>
    </aside>
  );
}

function Facts({ image }: { image: Image }) {
  const { t } = useTranslation("images");
  const facts: [string, string][] = [
    ["size", `${image.width_px} × ${image.height_px} px`],
    ["depth", t("depth", { bits: image.bit_depth, channels: image.channels })],
    ["origin", t(`common:origin.${image.origin}`)],
    ["lot", image.lot],
    ["added", formatAgo(image.created_at)],
    ["sha256", image.sha256.slice(0, 16)],
  ];
  return (
    <Table withRowBorders={false} verticalSpacing={3} horizontalSpacing={0} layout="fixed">
      <Table.Tbody>
        {facts.map(([key, value]) => (
          <Table.Tr key={key}>
            <Table.Th w={90} fw={400} c="dimmed" fz="xs">
              {t(`fact.${key}`)}
            </Table.Th>
            <Table.Td>
              <Text size="xs" truncate title={value}>
                {value}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
