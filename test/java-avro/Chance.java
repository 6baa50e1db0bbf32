// The same chance at every run.
import java.util.List;
import java.util.Random;

final class Chance {
  static final Random SOURCE = new Random(17);

  private Chance() {}

  static int below(int end) {
    return SOURCE.nextInt(end);
  }

  static boolean isOneIn(int times) {
    return below(times) == 0;
  }

  static <T> T one(List<T> of) {
    return of.get(below(of.size()));
  }
}
