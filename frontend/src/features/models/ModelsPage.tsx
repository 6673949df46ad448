import { Button, Stack, Switch, Title } from "@mantine/core";
import { IconArrowsDiff, IconTrophy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { modelsQuery } from "@/lib/data/models";
import type { Model } from "@/lib/data/types";

import { ModelTable } from "./ModelTable";
import { PromotionList } from "./PromotionList";

/** How many models a comparison takes. */
const PAIR = 2;

/** Every model version of a dataset: who serves, how good each is, compare and promote. */
export function ModelsPage() {
  const { t } = useTranslation("models");
  const datasetId = useParams()["datasetId"]!;
  const navigate = useNavigate();
  const models = useQuery(modelsQuery(datasetId));
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [showsReports, setShowsReports] = useState(false);
  const toggle = (id: string) =>
    setChosen((ids) => (ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id].slice(-PAIR)));
  const ready = chosen.length === PAIR;
  const rows = models.data ?? [];
  return (
    <Page
      title={t("title")}
      description={t("description")}
      actions={
        rows.length >= PAIR && (
          <Button
            variant="default"
            leftSection={<IconArrowsDiff size={16} />}
            disabled={!ready}
            onClick={() => void navigate(`compare?ids=${ordered(chosen, rows).join(",")}`)}
          >
            {t(ready ? "compare" : "chooseTwo")}
          </Button>
        )
      }
    >
      <Loaded query={models}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState
              icon={<IconTrophy size={28} />}
              title={t("empty")}
              action={
                <Button component={Link} to={`/datasets/${datasetId}/train`}>
                  {t("train")}
                </Button>
              }
            >
              {t("emptyHint")}
            </EmptyState>
          ) : (
            <Stack gap="xl">
              <Stack gap="xs">
                <ModelTable
                  models={list.filter((model) => showsReports || !isOfReport(model))}
                  chosen={chosen}
                  onToggle={toggle}
                />
                {list.some(isOfReport) && (
                  <Switch
                    label={t("ofReports", { count: list.filter(isOfReport).length })}
                    checked={showsReports}
                    onChange={(event) => setShowsReports(event.currentTarget.checked)}
                  />
                )}
              </Stack>
              <Stack component="section" gap="sm">
                <Title order={2} size="h4">
                  {t("promotions")}
                </Title>
                <PromotionList datasetId={datasetId} />
              </Stack>
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Trained for a repair report's comparison, and never in service. */
const isOfReport = (model: Model) => model.trigger === "report" && model.stage === "candidate";

/** The older model first, so that the comparison reads from before to after. */
function ordered(chosen: readonly string[], models: readonly { id: string; number: number }[]): string[] {
  const number = (id: string) => models.find((model) => model.id === id)?.number ?? 0;
  return [...chosen].sort((a, b) => number(a) - number(b));
}
