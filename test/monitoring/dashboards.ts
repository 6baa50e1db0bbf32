// The dashboards of infra/grafana. Entries of the runbook (docs/operations.md) name panels by their titles.
import { BRIDGE_AND_DOORS } from './bridge-and-doors.ts';
import type { DashboardPlan } from './dashboard-plan.ts';
import { FLEET } from './fleet.ts';
import { PARTNER } from './partner.ts';

export const DASHBOARDS: readonly DashboardPlan[] = [FLEET, PARTNER, BRIDGE_AND_DOORS];
