import { ActionIcon, Group, UnstyledButton } from "@mantine/core";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { LayerInfo } from "../session/layers";
import { KeyHint } from "./KeyHint";
import { LabelledSlider } from "./LabelledSlider";
import classes from "./ReviewScreen.module.css";
import { ToolOptions } from "./ToolOptions";
import { useView } from "./WorkspaceContext";

/** What is drawn on: layers, the tool in hand and looks. */
export function MaskSection() {
  const { t } = useTranslation("review");
  const { workspace, layers } = useView("layers");
  const { maskOpacity } = useStore(workspace.settings);
  return (
    <section className={classes.section} aria-label={t("mask.title")}>
      <h2 className={classes.heading}>{t("mask.title")}</h2>
      <div role="group" aria-label={t("mask.title")} style={{ marginBottom: 12 }}>
        {layers.map((layer) => (
          <LayerRow key={layer.id} layer={layer} />
        ))}
      </div>
      <ToolOptions />
      <LabelledSlider
        label={t("mask.opacity")}
        value={maskOpacity}
        min={0}
        max={1}
        step={0.01}
        shown={`${Math.round(maskOpacity * 100)} %`}
        onChange={(opacity) => workspace.settings.update({ maskOpacity: opacity })}
      />
    </section>
  );
}

function LayerRow({ layer }: { layer: LayerInfo }) {
  const { t } = useTranslation("review");
  const { workspace, activeLayer, hiddenLayers } = useView("activeLayer", "hiddenLayers");
  const name = layer.name ?? t(`mask.${layer.kind}`);
  const active = layer.id === activeLayer;
  const hidden = hiddenLayers.has(layer.id);
  return (
    <Group gap={2} wrap="nowrap">
      <UnstyledButton
        className={classes.layer}
        data-active={active || undefined}
        aria-label={t("mask.select", { name })}
        aria-pressed={active}
        onClick={() => workspace.selectLayer(layer.id)}
      >
        <span
          className={classes.swatch}
          data-hatched={layer.kind === "defect" ? undefined : true}
          style={{ background: layer.colour }}
        />
        <span style={{ flex: 1, opacity: hidden ? 0.5 : 1 }}>{name}</span>
        {layer.key && <KeyHint>{layer.key.toUpperCase()}</KeyHint>}
      </UnstyledButton>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={t(hidden ? "mask.show" : "mask.hide", { name })}
        onClick={() => workspace.toggleLayer(layer.id)}
      >
        {hidden ? <IconEyeOff size={15} /> : <IconEye size={15} />}
      </ActionIcon>
    </Group>
  );
}
