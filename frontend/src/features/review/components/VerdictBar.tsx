import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { Verdict } from "../api/types";
import { KeyHint } from "./KeyHint";
import classes from "./ReviewScreen.module.css";
import { useRoom, useView } from "./WorkspaceContext";

interface VerdictChoice {
  verdict: Verdict;
  key: string;
  colour: string;
  variant: string;
  wide?: boolean;
}

const CHOICES: readonly VerdictChoice[] = [
  { verdict: "accept", key: "A", colour: "red", variant: "light", wide: true },
  { verdict: "corrected", key: "C", colour: "signal", variant: "filled", wide: true },
  { verdict: "normal", key: "N", colour: "teal", variant: "light" },
  { verdict: "defective", key: "D", colour: "red", variant: "light" },
];

/** One button and one key per verdict. */
export function VerdictBar({ onUndoVerdict }: { onUndoVerdict: () => void }) {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { workspace, loaded, scale, hasDefect } = useView("loaded", "scale", "hasDefect");
  const { lastReview } = useStore(session.state);
  const isPossible = ({ verdict }: VerdictChoice): boolean =>
    loaded !== null && (verdict !== "accept" || scale !== null);
  const variantOf = ({ verdict, variant }: VerdictChoice): string =>
    verdict === "corrected" && !hasDefect ? "default" : variant;
  return (
    <div className={classes.verdicts} role="group" aria-label={t("verdict.title")} data-tour="verdicts">
      {CHOICES.map((choice) => (
        <Button
          key={choice.verdict}
          size="sm"
          justify="space-between"
          variant={variantOf(choice)}
          color={choice.colour}
          className={choice.wide ? classes.wide : undefined}
          disabled={!isPossible(choice)}
          rightSection={<KeyHint>{choice.key}</KeyHint>}
          onClick={() => workspace.judge(choice.verdict)}
        >
          {t(`verdict.${choice.verdict}`)}
        </Button>
      ))}
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        disabled={!loaded}
        rightSection={<KeyHint>S</KeyHint>}
        onClick={() => workspace.judge("skip")}
      >
        {t("verdict.skip")}
      </Button>
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        px={4}
        disabled={!lastReview}
        title={lastReview ? t("verdict.last", { filename: lastReview.image.filename }) : undefined}
        rightSection={<KeyHint>U</KeyHint>}
        onClick={onUndoVerdict}
      >
        {t("verdict.undo")}
      </Button>
    </div>
  );
}
