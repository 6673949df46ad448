import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { Page } from "@/components/layout/Page";

import { Agreement } from "./Agreement";
import { OpenList } from "./OpenList";
import { Rules } from "./Rules";

const TABS = { open: OpenList, people: Agreement, rules: Rules };

/** Second opinions: what a lead has to settle, how often people agree, and who is asked again. */
export function DisagreementsPage() {
  const { t } = useTranslation("disagreements");
  const datasetId = useParams()["datasetId"]!;
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const asked = search.get("tab");
  const tab = asked && asked in TABS ? (asked as keyof typeof TABS) : "open";
  const Shown = TABS[tab];
  return (
    <Page title={t("title")} description={t("description")} maxWidth_px={1180}>
      <Tabs value={tab} onChange={(value) => void navigate(`?tab=${value ?? "open"}`, { replace: true })}>
        <Tabs.List>
          {Object.keys(TABS).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="lg">
          <Shown datasetId={datasetId} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
