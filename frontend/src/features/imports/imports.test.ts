import { describe, expect, it } from "vitest";

import { sourceOf } from "./UploadArea";
import { formOf, pathOf } from "./useImports";

const file = (name: string, path?: string) =>
  Object.assign(new File(["x"], name), path === undefined ? {} : { path });

describe("uploads", () => {
  it("keeps the folders of dropped files", () => {
    expect(pathOf(file("1.png", "./train/good/1.png"))).toBe("train/good/1.png");
    expect(pathOf(file("1.png", "/bad/1.png"))).toBe("bad/1.png");
    expect(pathOf(file("1.png"))).toBe("1.png");
  });

  it("sends one archive as it is, and everything else with its paths", () => {
    expect(sourceOf([])).toBeNull();
    expect(sourceOf([file("all.ZIP")])?.kind).toBe("archive");
    expect(sourceOf([file("a.zip"), file("b.png")])?.kind).toBe("files");
    const form = formOf("d1", { kind: "files", files: [file("1.png", "good/1.png"), file("2.png")] }, {});
    expect(form.getAll("files")).toHaveLength(2);
    expect(form.get("paths")).toBe('["good/1.png","2.png"]');
  });
});
