// A partner of the view, with the source that it shares with those who read the same in the same way.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { PartnerCells } from './partner-cells.ts';
import type { SourceRules } from './source-rules.ts';

export interface ViewedPartner {
  readonly connector: Connector;
  readonly cells: PartnerCells;
  readonly source: SourceRules;
}

/** One that was told of nothing yet. */
export const viewed = (connector: Connector, source: SourceRules): ViewedPartner => ({
  connector,
  source,
  cells: new PartnerCells(connector, source),
});
