import { join } from "node:path";
import { archiveSweep } from "@berth/core/audit";
import type { Sweep } from "@berth/core/platform/sweeps";
import { readSetting, setting } from "@berth/core/settings";
import { z } from "zod";
import type { Config } from "./config.ts";

/** The audit stands below the settings, so what is set about it is declared here. */
const archiveDays = setting({
  name: "audit.archive_days",
  schema: z.number().int().min(30).max(36_500),
  default: 3_650,
  description: "How long the archive keeps the events of a day",
});

export const archiveSettings = [archiveDays];

/** Where the archive lies unless a folder is set: beside what else is kept. */
const archiveFolderOf = ({ BERTH_DATA, BERTH_ARCHIVE_FOLDER }: Pick<Config, "BERTH_DATA" | "BERTH_ARCHIVE_FOLDER">) =>
  BERTH_ARCHIVE_FOLDER ?? join(BERTH_DATA, "archive");

export function archiveSweeps(config: Config): Sweep[] {
  return [archiveSweep({ folder: archiveFolderOf(config), keptDays: (ctx) => readSetting(ctx, archiveDays) })];
}
