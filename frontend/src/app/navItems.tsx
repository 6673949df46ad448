import {
  IconAdjustments,
  IconBrain,
  IconClipboardCheck,
  IconClockPlay,
  IconDatabase,
  IconFileUpload,
  IconHeartRateMonitor,
  IconHistory,
  IconLayoutDashboard,
  IconListDetails,
  IconPhoto,
  IconScale,
  IconSparkles,
  IconTrophy,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";

export interface NavItem {
  /** Key below `nav` in the strings. */
  key: string;
  path: string;
  icon: Icon;
  /** Active only on this very page, not on the pages below it. */
  end?: boolean;
}

/** Pages of a dataset, in the order of its life. */
export const DATASET_ITEMS: readonly NavItem[] = [
  { key: "overview", path: "", icon: IconLayoutDashboard, end: true },
  { key: "images", path: "/images", icon: IconPhoto },
  { key: "import", path: "/import", icon: IconFileUpload },
  { key: "review", path: "/review", icon: IconClipboardCheck },
  { key: "disagreements", path: "/disagreements", icon: IconScale },
  { key: "pool", path: "/pool", icon: IconHeartRateMonitor },
  { key: "repair", path: "/repair", icon: IconSparkles },
  { key: "train", path: "/train", icon: IconBrain },
  { key: "models", path: "/models", icon: IconTrophy },
  { key: "thresholds", path: "/thresholds", icon: IconAdjustments },
  { key: "policies", path: "/policies", icon: IconClockPlay },
];

export const TEAM_ITEMS: readonly NavItem[] = [
  { key: "datasets", path: "/datasets", icon: IconDatabase, end: true },
  { key: "jobs", path: "/jobs", icon: IconListDetails },
  { key: "team", path: "/team", icon: IconUsers },
  { key: "audit", path: "/audit", icon: IconHistory },
];
