// SPDX-License-Identifier: GPL-3.0-or-later
// A job type of Flamenco 3: a batch of HeadBridge in chunks of rows, then its report. Put this file into the folder
// `scripts` beside the manager, and set the two-way variable `headbridge` to the program's path on the workers.

const JOB_TYPE = {
    label: "HeadBridge Batch",
    description: "Run headbridge batch on the rows of a manifest, in chunks",
    settings: [
        { key: "manifest", type: "string", subtype: "file_path", required: true,
          description: "CSV or JSON lines, where all workers see it" },
        { key: "rows", type: "int32", required: true, description: "How many rows the manifest has" },
        { key: "chunk_size", type: "int32", default: 20, propargs: { min: 1 },
          description: "Rows of one task: enough that loading libraries (about 10 s) does not count" },
        { key: "output", type: "string", subtype: "dir_path", required: true,
          description: "Folder of the batch, where all workers see it" },
        { key: "job", type: "string", default: "", description: "Command of rows that name none" },
        { key: "workers", type: "int32", default: 0, description: "Processes of each task; 0 for one per core" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    const chunks = [];
    for (let first = 1; first <= settings.rows; first += settings.chunk_size) {
        const last = Math.min(first + settings.chunk_size - 1, settings.rows);
        const task = batchTask(settings, "rows-" + first + "-" + last, ["--rows", first + ":" + last]);
        job.addTask(task);
        chunks.push(task);
    }
    const report = batchTask(settings, "report", ["--report"]);
    for (const chunk of chunks) {
        report.addDependency(chunk);
    }
    job.addTask(report);
}

function batchTask(settings, name, more) {
    // A task is done when its heads have records. Which of them failed is the report's to say: a failed task would run
    // again elsewhere, and in the end take its worker out of the farm.
    const args = ["batch", settings.manifest, "-o", settings.output, "--exit-zero"];
    if (settings.job) {
        args.push("--job", settings.job);
    }
    if (settings.workers > 0) {
        args.push("--workers", String(settings.workers));
    }
    const task = author.Task(name, "misc");
    task.addCommand(author.Command("exec", { exe: "{headbridge}", args: args.concat(more) }));
    return task;
}
