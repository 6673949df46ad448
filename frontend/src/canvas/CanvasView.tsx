import { useEffect, useRef, useState } from "react";

import { CanvasEngine, type EngineEvents } from "./CanvasEngine";
import { WebGlMissingError } from "./render/gl";

interface CanvasViewProps {
  label: string;
  events: EngineEvents;
  /** Receives the engine when it stands, null when it goes, and why there is none. */
  onEngine: (engine: CanvasEngine | null, missing?: WebGlMissingError) => void;
}

/** The DOM place of a `CanvasEngine`. React makes it once; after that the engine draws on its own. */
export function CanvasView({ label, events, onEngine }: CanvasViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  // The first handlers stay: they write to stores, which do not change.
  const [first] = useState({ events, onEngine });

  useEffect(() => {
    if (!host.current || !canvas.current) return;
    let engine: CanvasEngine;
    try {
      engine = new CanvasEngine(canvas.current, host.current, first.events);
    } catch (error) {
      if (!(error instanceof WebGlMissingError)) throw error;
      first.onEngine(null, error);
      return;
    }
    first.onEngine(engine);
    return () => {
      first.onEngine(null);
      engine.destroy();
    };
  }, [first]);

  return (
    <div ref={host} style={{ position: "absolute", inset: 0, overflow: "hidden" }}>
      <canvas
        ref={canvas}
        data-testid="canvas"
        aria-label={label}
        role="img"
        tabIndex={-1}
        style={{ display: "block", width: "100%", height: "100%", outline: "none" }}
      />
    </div>
  );
}
