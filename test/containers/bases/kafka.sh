# KAFKA_LOG_DIRS=/x becomes log.dirs=/x; a new disk is formatted.
set -eu
for name in "${!KAFKA_@}"; do
  key=${name#KAFKA_} key=${key,,}
  echo "${key//_/.}=${!name}"
done >/tmp/server.properties
java=(/opt/java/bin/java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted -t 5L6g3nShT-eMCtK--X86sw -c /tmp/server.properties
exec "${java[@]}" kafka.Kafka /tmp/server.properties
