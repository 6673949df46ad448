import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tell, tellFailure } from "@/components/feedback/notices";
import { api } from "@/lib/api/client";
import { ifMatch } from "@/lib/api/conditions";
import { ApiError } from "@/lib/api/problem";
import type { components } from "@/lib/api/schema";
import type { Policy } from "@/lib/data/types";

export type NewPolicy = components["schemas"]["RetrainingPolicyInRequest"];
export type PolicyChanges = components["schemas"]["PatchedRetrainingPolicyChangeRequest"];

export const policiesQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["policies", dataset],
    queryFn: async (): Promise<Policy[]> =>
      (await api.GET("/api/v1/retraining-policies/", { params: { query: { dataset } } })).data!.results,
  });

const addressed = (policy: Policy) => ({
  params: { path: { id: policy.id } },
  headers: ifMatch(policy.version),
});

function usePolicyChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onError: (error) => {
      if (error instanceof ApiError && error.status === 412) tell(t("conflict.changed"));
      else tellFailure(error);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["policies"] }),
  });
}

export const useCreatePolicy = () =>
  usePolicyChange(
    async (body: NewPolicy) => (await api.POST("/api/v1/retraining-policies/", { body })).data!,
  );

export const useChangePolicy = () =>
  usePolicyChange(
    async ({ policy, changes }: { policy: Policy; changes: PolicyChanges }) =>
      (await api.PATCH("/api/v1/retraining-policies/{id}/", { ...addressed(policy), body: changes })).data!,
  );

export const useDeletePolicy = () =>
  usePolicyChange((policy: Policy) => api.DELETE("/api/v1/retraining-policies/{id}/", addressed(policy)));
