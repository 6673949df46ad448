import { Badge, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { MaskComparison } from "@/components/masks/MaskComparison";
import { useDefectRuns } from "@/components/masks/useDefectRuns";
import type { Image } from "@/lib/data/types";

import { TimelineList } from "./TimelineList";
import { useImage, useReviews, useRevisions, type Revision } from "./useHistory";

const LABEL_BADGES = { normal: "teal", defective: "red", unlabelled: "gray" };
const NO_MASK = "none";

/** Everything that was ever said and drawn about an image; any earlier mask can count again. */
export function ImageHistoryPage() {
  const { t } = useTranslation("history");
  const { datasetId = "", imageId = "" } = useParams();
  const image = useImage(imageId);
  const revisions = useRevisions(imageId);
  const reviews = useReviews(imageId);
  return (
    <Page
      title={image.data?.filename ?? t("title")}
      description={t("description")}
      actions={
        <Button
          component={Link}
          to={`/datasets/${datasetId}/images`}
          variant="default"
          leftSection={<IconArrowLeft size={16} />}
        >
          {t("back")}
        </Button>
      }
      maxWidth_px={1280}
    >
      <Loaded query={image}>
        {(found) => (
          <Loaded query={revisions}>
            {(masks) => (
              <Group align="flex-start" gap="xl" wrap="nowrap">
                <Compare key={found.current_revision} image={found} revisions={masks} />
                <Stack w={380} style={{ flexShrink: 0 }}>
                  <Badge variant="light" color={LABEL_BADGES[found.label]}>
                    {t(`common:label.${found.label}`)}
                  </Badge>
                  <Loaded query={reviews}>
                    {(verdicts) => <TimelineList image={found} revisions={masks} reviews={verdicts} />}
                  </Loaded>
                </Stack>
              </Group>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

/** Two masks of the image over one another: at first the one that counts and the one before it. */
function Compare({ image, revisions }: { image: Image; revisions: readonly Revision[] }) {
  const { t } = useTranslation("history");
  const current = revisions.find(({ id }) => id === image.current_revision);
  const [before, setBefore] = useState(current?.parent ?? NO_MASK);
  const [after, setAfter] = useState(current?.id ?? NO_MASK);
  const first = useDefectRuns(before === NO_MASK ? null : before);
  const second = useDefectRuns(after === NO_MASK ? null : after);
  const choices = [
    { value: NO_MASK, label: t("noMask") },
    ...revisions.map(({ id, number }) => ({
      value: id,
      label: t(id === current?.id ? "currentMask" : "mask", { number }),
    })),
  ];
  const nameOf = (id: string): string => choices.find(({ value }) => value === id)?.label ?? "";
  return (
    <Stack flex={1} miw={0}>
      <Group grow>
        <Select
          label={t("compare")}
          allowDeselect={false}
          data={choices}
          value={before}
          onChange={(id) => id && setBefore(id)}
        />
        <Select
          label={t("with")}
          allowDeselect={false}
          data={choices}
          value={after}
          onChange={(id) => id && setAfter(id)}
        />
      </Group>
      {first && second ? (
        <MaskComparison
          imageUrl={image.content_url}
          widthPx={image.width_px}
          heightPx={image.height_px}
          first={first}
          second={second}
          firstName={before === NO_MASK ? "" : nameOf(before)}
          secondName={after === NO_MASK ? "" : nameOf(after)}
        />
      ) : (
        <Text c="dimmed">{t("loading")}</Text>
      )}
    </Stack>
  );
}
