import { Anchor, Badge, Group, Table, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatDecimal } from "@/components/format";
import type { Band } from "@/lib/data/types";

import type { Flip } from "./useModels";

const BAND_COLOURS: Record<Band, string> = { pass: "signal", review: "yellow", fail: "red" };

/** Images whose band differs between two models. */
export function FlipTable({ flips, datasetId }: { flips: Flip[]; datasetId: string }) {
  const { t } = useTranslation("models");
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("image")}</Table.Th>
            <Table.Th>{t("label")}</Table.Th>
            <Table.Th>{t("bands")}</Table.Th>
            <Table.Th ta="right">{t("scores")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flips.map((flip) => (
            <Table.Tr key={flip.image}>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  <img
                    src={`/api/v1/images/${flip.image}/thumbnail/`}
                    alt=""
                    width={36}
                    height={36}
                    loading="lazy"
                    style={{ objectFit: "cover", borderRadius: 4 }}
                  />
                  <Anchor
                    component={Link}
                    to={`/datasets/${datasetId}/images?filename=${encodeURIComponent(flip.filename)}`}
                    size="sm"
                  >
                    {flip.filename}
                  </Anchor>
                </Group>
              </Table.Td>
              <Table.Td>
                <Text size="sm">
                  {t(`common:label.${flip.label}`)} · {t(`common:split.${flip.split}`)}
                </Text>
              </Table.Td>
              <Table.Td>
                <Group gap={6} wrap="nowrap">
                  <BandBadge band={flip.from_band} />
                  <IconArrowRight size={14} />
                  <BandBadge band={flip.to_band} />
                </Group>
              </Table.Td>
              <Table.Td ta="right">
                {formatDecimal(flip.from_score)} → {formatDecimal(flip.to_score)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function BandBadge({ band }: { band: Band }) {
  const { t } = useTranslation();
  return (
    <Badge size="sm" variant="light" color={BAND_COLOURS[band]}>
      {t(`band.${band}`)}
    </Badge>
  );
}
