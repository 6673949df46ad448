import { csrfToken } from "./client";
import { ApiError, toProblem } from "./problem";

/** How much of an upload has left this computer. */
export interface UploadProgress {
  sent_bytes: number;
  total_bytes: number;
}

interface UploadOptions {
  onProgress?: (progress: UploadProgress) => void;
  signal?: AbortSignal;
}

/**
 * Posts a form and reports its progress, which `fetch` cannot. Rejects with `ApiError`, as the client does;
 * with the code `aborted` after `signal`.
 */
export function upload<Answer>(path: string, form: FormData, options: UploadOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = ({ loaded, total }) =>
      options.onProgress?.({ sent_bytes: loaded, total_bytes: total });
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Answer);
      else reject(new ApiError(toProblem(request.response, request.status)));
    };
    request.onerror = () => reject(new ApiError(toProblem(null, 0)));
    request.onabort = () =>
      reject(new ApiError({ status: 0, code: "aborted", detail: "The upload was stopped." }));
    options.signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
