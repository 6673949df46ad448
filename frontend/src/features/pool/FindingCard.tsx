import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { allRows } from "@/lib/data/pages";

import { FindingActions } from "./FindingActions";
import { PictureStrip } from "./PictureStrip";
import { PictureView } from "./PictureView";
import { hintFor, noteOf, sentenceFor } from "./sentences";
import type { Finding, FindingPicture } from "./types";
import { picturesQuery } from "./usePool";

/** One finding: what it says, its pictures to choose from, and what can be done. */
export function FindingCard({ finding, mayWrite }: { finding: Finding; mayWrite: boolean }) {
  const { t } = useTranslation("pool");
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [showsAll, setShowsAll] = useState(false);
  const [looked, setLooked] = useState<number | null>(null);
  const all = useInfiniteQuery({ ...picturesQuery(finding.id), enabled: showsAll });
  const pictures = showsAll && all.data ? allRows(all.data) : finding.pictures;
  const sentence = sentenceFor(finding);
  const title = t(sentence.key, sentence.values);
  const hint = hintFor(finding);
  const note = (picture: FindingPicture) => noteOf(finding, picture);
  const toggle = (id: string) =>
    setPicked((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <Paper component="section" withBorder p="md" aria-label={title}>
      <Stack gap="sm">
        <div>
          <Text fw={600}>{title}</Text>
          {hint && (
            <Text size="xs" c="dimmed">
              {t(hint.key, hint.values)}
            </Text>
          )}
        </div>
        <PictureStrip
          pictures={pictures}
          picked={picked}
          noteOf={note}
          onToggle={toggle}
          onLook={setLooked}
        />
        <PictureView
          pictures={pictures}
          place={looked}
          comparesWithFirst={finding.kind === "near_duplicates"}
          picked={picked}
          noteOf={note}
          onToggle={toggle}
          onMove={setLooked}
        />
        <Group gap="xs">
          {finding.image_count > pictures.length && (
            <Button
              size="compact-sm"
              variant="subtle"
              loading={all.isFetching}
              onClick={() => (showsAll ? void all.fetchNextPage() : setShowsAll(true))}
            >
              {t("showAll", { count: finding.image_count })}
            </Button>
          )}
        </Group>
        <FindingActions
          finding={finding}
          mayWrite={mayWrite}
          picked={[...picked]}
          onDone={() => setPicked(new Set())}
        />
      </Stack>
    </Paper>
  );
}
