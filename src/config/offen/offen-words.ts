/** Variables of docker-volume-backup that mean nothing to Holdfast, and why: each is told, none is dropped in silence. */

export const WITHOUT_MEANING: ReadonlyMap<string, string> = new Map([
  ["BACKUP_FILENAME", "points have names of their own, by the time they were begun"],
  ["BACKUP_FILENAME_EXPAND", "points have names of their own"],
  ["BACKUP_LATEST_SYMLINK", "`holdfast restore <job>` takes the newest point by itself"],
  ["BACKUP_COMPRESSION", "points are compressed with zstd; `tar --zstd -xf` reads them"],
  ["GZIP_PARALLELISM", "points are compressed by all processors"],
  [
    "BACKUP_FROM_SNAPSHOT",
    "nothing is copied first: what changes while it is read is noticed, and databases are captured consistently",
  ],
  ["BACKUP_PRUNING_LEEWAY", "a point's age counts from its start, so that none is on the edge"],
  ["BACKUP_PRUNING_PREFIX", "only Holdfast's own points of the job are ever pruned"],
  ["EXEC_FORWARD_OUTPUT", "what a command says is in the log and, when it fails, in the run's error"],
  [
    "NOTIFICATION_LEVEL",
    "channels are told what begins to be wrong and when it is over; `severity` of a channel chooses",
  ],
  ["LOCK_TIMEOUT", "runs wait for one another; `lockWait` says how long for another process"],
  [
    "BACKUP_STOP_SERVICE_TIMEOUT",
    "Swarm services are not scaled; `quiesce.stopTimeout` is how long a container may take to end",
  ],
  ["AWS_ENDPOINT_INSECURE", "certificates are always checked: name the server's own with `caFile`"],
  ["AWS_IAM_ROLE_ENDPOINT", "without keys, credentials come as AWS's own tools find them"],
  ["WEBDAV_URL_INSECURE", "certificates are always checked; rclone's option `ca-cert` names others"],
  ["AZURE_STORAGE_ACCESS_TIER", "give it as rclone's option `azureblob-access-tier`"],
  ["DROPBOX_CONCURRENCY_LEVEL", "rclone decides how many pieces are sent at once"],
]);
